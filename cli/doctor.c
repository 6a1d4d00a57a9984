/* SPDX-License-Identifier: BSD-3-Clause */
/* The command doctor: what does not work, why, and what to do. */
#include "cli/configuration.h"
#include "cli/crash.h"
#include "cli/examine.h"
#include "cli/memory.h"
#include "cli/trial.h"
#include "common/cleanup.h"

/* What one look is about. */
struct look {
    const struct request *request;
    const char *file;
    const struct crashes *crashes; /* modules that are left out */
};

/* -- Looking ----------------------------------------------------------------
 */

static void
examine_survey(const struct survey *survey, struct findings *findings)
{
    examine_places(survey->config, findings);
    examine_store(survey->config, findings);
    examine_control(survey->config, findings);
    examine_copies(survey->config, findings);
    examine_pins(survey->config, findings);
    examine_settings(survey, findings);
    examine_modules(survey, SEVERITY_PROBLEM, findings);
    examine_services(survey, findings);
    examine_softhsm(survey, SEVERITY_PROBLEM, findings);
    examine_rules(survey, SEVERITY_PROBLEM, findings);
    examine_probes(survey, findings);
    examine_tokens(survey, findings);
    examine_p11_kit(survey, findings);
    /* All other reasons have been said. */
    if (survey->refusal.rv != CKR_OK &&
        finding_count(findings, SEVERITY_PROBLEM) == 0)
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_copy(survey->refusal.text), NULL, NULL);
}

/* Everything that needs the modules. */
static void
examine_modules_of(const struct look *look, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };
    struct config *config;
    struct survey survey;

    if (config_load(look->file, &config, &error)) {
        crashes_leave_out(look->crashes, config);
        if (survey_begin(config, &survey, &error)) {
            survey.crashes = look->crashes;
            examine_survey(&survey, findings);
            survey_end(&survey);
            return;
        }
    }
    finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                NULL);
    examine_p11_kit(NULL, findings);
}

/* -- Saying -----------------------------------------------------------------
 */

static void
print_json(const char *file, const struct findings *findings)
{
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_text(&json, "file", file);
    json_number(&json, "problems", finding_count(findings, SEVERITY_PROBLEM));
    json_number(&json, "warnings", finding_count(findings, SEVERITY_WARNING));
    findings_write_json(findings, &json, "findings");
    json_end_object(&json);
}

static void
print_count(size_t count, const char *word, const char *after)
{
    (void)printf("%zu %s%s%s", count, word, count == 1 ? "" : "s", after);
}

static void
print(const struct findings *findings)
{
    findings_print(findings, stdout);
    if (findings->n_items > 0)
        (void)putchar('\n');
    print_count(finding_count(findings, SEVERITY_PROBLEM), "problem", ", ");
    print_count(finding_count(findings, SEVERITY_WARNING), "warning", ", ");
    print_count(finding_count(findings, SEVERITY_NOTE), "note", "\n");
}

static int
finish(const struct look *look, const struct findings *findings)
{
    if (look->request->is_given[OPTION_JSON])
        print_json(look->file, findings);
    else
        print(findings);
    return finding_count(findings, SEVERITY_PROBLEM) == 0 ? STATUS_FINE
                                                          : STATUS_WRONG;
}

/* -- The command ------------------------------------------------------------
 */

/* In a process of its own, since a module may end it. */
static int
look_and_say(const void *context)
{
    CLEANUP(findings_clear) struct findings findings = { 0 };
    const struct look *look = context;

    examine_choice(look->file, &findings);
    if (examine_file(look->file, &findings))
        examine_modules_of(look, &findings);
    else
        examine_p11_kit(NULL, &findings);
    return finish(look, &findings);
}

/* Nothing but what is in `error` can be said. */
static enum status
say_only(const struct look *look, const struct error *error)
{
    CLEANUP(findings_clear) struct findings findings = { 0 };

    finding_add(&findings, SEVERITY_PROBLEM, memory_copy(error->text), NULL,
                NULL);
    examine_p11_kit(NULL, &findings);
    return (enum status)finish(look, &findings);
}

/* Again without those that crash, until none does. */
static enum status
look_until_it_is_quiet(struct look *look, struct crashes *crashes)
{
    struct error error = { .rv = CKR_OK };
    struct trial trial;

    look->crashes = crashes;
    while (trial_run(look_and_say, look, crashes_limit(look->file), &trial,
                     &error)) {
        if (trial.signal == 0)
            return (enum status)trial.status;
        if (!crashes_find(look->file, trial.signal, crashes, &error))
            break;
    }
    return say_only(look, &error);
}

enum status
cmd_doctor(const struct request *request)
{
    CLEANUP(crashes_clear) struct crashes crashes = { 0 };
    CLEANUP(freep) char *file = NULL;
    struct look look = { .request = request };
    struct error error = { .rv = CKR_OK };

    if (!configuration_find(request, &file, &error))
        return say_only(&look, &error);
    look.file = file;
    return look_until_it_is_quiet(&look, &crashes);
}
