/* SPDX-License-Identifier: BSD-3-Clause */
/* The command doctor: what does not work, why, and what to do. */
#include "cli/configuration.h"
#include "cli/examine.h"
#include "cli/memory.h"
#include "common/cleanup.h"

/* Everything that needs the modules. */
static void
examine_all(const char *file, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };
    struct config *config;
    struct survey survey;

    if (!config_load(file, &config, &error) ||
        !survey_begin(config, &survey, &error)) {
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
        examine_p11_kit(NULL, findings);
        return;
    }
    examine_places(config, findings);
    examine_settings(&survey, findings);
    examine_modules(&survey, SEVERITY_PROBLEM, findings);
    examine_services(&survey, findings);
    examine_softhsm(&survey, SEVERITY_PROBLEM, findings);
    examine_rules(&survey, SEVERITY_PROBLEM, findings);
    examine_tokens(&survey, findings);
    examine_p11_kit(&survey, findings);
    if (survey.refusal.rv != CKR_OK &&
        finding_count(findings, SEVERITY_PROBLEM) == 0)
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_copy(survey.refusal.text), NULL, NULL);
    survey_end(&survey);
}

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

enum status
cmd_doctor(const struct request *request)
{
    CLEANUP(findings_clear) struct findings findings = { 0 };
    CLEANUP(freep) char *file = NULL;
    struct error error;

    if (configuration_find(request, &file, &error)) {
        examine_choice(file, &findings);
        if (examine_file(file, &findings))
            examine_all(file, &findings);
        else
            examine_p11_kit(NULL, &findings);
    } else {
        finding_add(&findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
        examine_p11_kit(NULL, &findings);
    }
    if (request->is_given[OPTION_JSON])
        print_json(file, &findings);
    else
        print(&findings);
    return finding_count(&findings, SEVERITY_PROBLEM) == 0 ? STATUS_FINE
                                                           : STATUS_WRONG;
}
