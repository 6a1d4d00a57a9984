/* SPDX-License-Identifier: BSD-3-Clause */
/* The command check: what is wrong with the configuration. */
#include "cli/configuration.h"
#include "cli/crash.h"
#include "cli/examine.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/trial.h"
#include "cli/user.h"
#include "common/cleanup.h"

#include <signal.h>

/* -- Looking ----------------------------------------------------------------
 */

/* Of a file without mistakes. */
static void
examine_modules_of(const char *file, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };
    struct config *config;
    struct survey survey;

    if (!config_load(file, &config, &error) ||
        !survey_begin(config, &survey, &error)) {
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
        return;
    }
    examine_places(config, findings);
    examine_pins(config, findings);
    examine_modules(&survey, SEVERITY_WARNING, findings);
    examine_softhsm(&survey, SEVERITY_WARNING, findings);
    examine_rules(&survey, SEVERITY_WARNING, findings);
    /* Everything that keeps applications from starting has been said, unless
     * only the modules themselves know it. */
    if (survey.refusal.rv != CKR_OK &&
        finding_count(findings, SEVERITY_PROBLEM) == 0)
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_copy(survey.refusal.text), NULL, NULL);
    survey_end(&survey);
}

static void
examine_places_of(const char *file, struct findings *findings)
{
    struct config *config;

    if (!config_load(file, &config, NULL))
        return; /* its mistakes have been said */
    examine_places(config, findings);
    examine_pins(config, findings);
    config_free(config);
}

/* -- Saying -----------------------------------------------------------------
 */

static void
print_summary(const char *name, const struct findings *findings)
{
    size_t n_problems = finding_count(findings, SEVERITY_PROBLEM);

    if (n_problems > 1)
        (void)printf("%s: %zu mistakes\n", name, n_problems);
    else if (n_problems == 0)
        (void)printf("%s: no mistake\n", name);
}

static void
print_json(const char *file, const char *user, const struct findings *findings)
{
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_text(&json, "file", file);
    json_text(&json, "user", user);
    json_truth(&json, "usable", finding_count(findings, SEVERITY_PROBLEM) == 0);
    findings_write_json(findings, &json, "findings");
    json_end_object(&json);
}

/* -- The command ------------------------------------------------------------
 */

/* The file that is to be checked; *out is NULL for the defaults. */
static bool
find_file(const struct request *request, char **out, struct error *error)
{
    if (request->n_operands == 0)
        return configuration_find(request, out, error);
    *out = memory_copy(request->operands[0]);
    return true;
}

static int
check(const struct request *request)
{
    CLEANUP(findings_clear) struct findings findings = { 0 };
    CLEANUP(freep) char *file = NULL;
    struct error error;

    if (!find_file(request, &file, &error))
        finding_add(&findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
    else if (examine_file(file, &findings)) {
        if (request->is_given[OPTION_NO_MODULES])
            examine_places_of(file, &findings);
        else
            examine_modules_of(file, &findings);
    }
    if (request->is_given[OPTION_JSON]) {
        print_json(file, request->values[OPTION_AS], &findings);
    } else {
        findings_print_lines(&findings, stdout);
        print_summary(file == NULL ? "the defaults" : file, &findings);
    }
    return finding_count(&findings, SEVERITY_PROBLEM) == 0 ? STATUS_FINE
                                                           : STATUS_WRONG;
}

/* In a process of its own: there is no way back from another user's rights,
 * and a module may end it. */
static int
check_in_child(const void *context)
{
    const struct request *request = context;
    const char *user = request->values[OPTION_AS];
    struct error error;

    if (user == NULL || user_become(user, &error))
        return check(request);
    message_error("%s", error.text);
    return STATUS_WRONG;
}

enum status
cmd_check(const struct request *request)
{
    CLEANUP(freep) char *file = NULL;
    struct error error;
    struct trial trial;

    /* Where it is not found, the child says so. */
    (void)find_file(request, &file, &error);
    if (!trial_run(check_in_child, request, crashes_limit(file), &trial,
                   &error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    if (trial.signal == 0)
        return (enum status)trial.status;
    message_error("a module %s; \"p11mux doctor\" says which",
                  trial.signal == SIGALRM ? "hangs while it is loaded"
                                          : "crashes");
    return STATUS_WRONG;
}
