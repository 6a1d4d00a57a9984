/* SPDX-License-Identifier: BSD-3-Clause */
/* The command slots: what applications see, and where it leads. */
#include "cli/configuration.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/report.h"
#include "cli/survey.h"
#include "cli/token-text.h"
#include "common/cleanup.h"
#include "common/text.h"
#include "router/control-page.h"

#include <stdlib.h>

enum column {
    COLUMN_SLOT,
    COLUMN_LABEL,
    COLUMN_STATE,
    COLUMN_PAUSED,
    COLUMN_CONFIGURED,
    COLUMN_MODULES,
    COLUMN_THERE,
    COLUMN_MANUFACTURER,
    COLUMN_MODEL,
    COLUMN_SERIAL,
    COLUMN_FLAGS,
    COLUMN_WHY,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_SLOT] = { .name = "slot", .heading = "SLOT", .is_number = true },
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL" },
    [COLUMN_STATE] = { .name = "state", .heading = "STATE" },
    [COLUMN_PAUSED] = { .name = "paused" },
    [COLUMN_CONFIGURED] = { .name = "configured" },
    [COLUMN_MODULES] = { .name = "modules",
                         .heading = "MODULE",
                         .is_list = true },
    [COLUMN_THERE] = { .name = "backend_slots",
                       .heading = "SLOT THERE",
                       .is_number = true,
                       .is_list = true },
    [COLUMN_MANUFACTURER] = { .name = "manufacturer",
                              .heading = "MANUFACTURER" },
    [COLUMN_MODEL] = { .name = "model", .heading = "MODEL" },
    [COLUMN_SERIAL] = { .name = "serial", .heading = "SERIAL" },
    [COLUMN_FLAGS] = { .name = "flags", .heading = "FLAGS", .is_list = true },
    [COLUMN_WHY] = { .name = "why" },
};

/* -- Where a token is -------------------------------------------------------
 */

/* Why a token that is not present is not; the caller frees it. */
static char *
explain_absence(const struct survey *survey, const struct token *token,
                const char **state)
{
    char trouble[ERROR_TEXT_LENGTH];

    slot_list_trouble(survey->slots, token, trouble);
    if (trouble[0] != '\0') {
        *state = "ambiguous";
        return memory_copy(trouble);
    }
    for (unsigned i = 0; i < token->n_members; i++)
        if (!survey_is_up(survey, token->members[i].rule->module)) {
            *state = "module down";
            return memory_text("module \"%s\" is down; \"p11mux modules\" says "
                               "why",
                               token->members[i].rule->module->name);
        }
    *state = "absent";
    return memory_text("no token of module \"%s\" fits \"%s\"; \"p11mux "
                       "doctor\" says which are there",
                       token->members[0].rule->module->name,
                       token->members[0].rule->match.uri);
}

static void
add_members(struct report *report, const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        const struct member *member = &token->members[i];
        const struct backend *backend = atomic_load(&member->backend);

        if (member_is_usable(member)) {
            report_set_text(report, COLUMN_MODULES, backend_name(backend));
            report_set_number(report, COLUMN_THERE, atomic_load(&member->slot));
        } else if (member->rule != NULL) {
            report_set_text(report, COLUMN_MODULES, member->rule->module->name);
        }
    }
}

/* -- What it is -------------------------------------------------------------
 */

static const char *
or_else(const char *configured, const char *its_own)
{
    return configured != NULL ? configured : its_own;
}

/* What the configuration says is what applications see. */
static void
add_info(struct report *report, const struct token *token,
         const CK_TOKEN_INFO *info)
{
    static const struct config_token none;
    const struct config_token *rule = token->rule != NULL ? token->rule : &none;
    const char *words[TOKEN_WORDS];
    size_t n_words = token_words(info->flags, words);
    struct token_text text;

    token_text_read(info, &text);
    report_set_text(report, COLUMN_MANUFACTURER,
                    or_else(rule->manufacturer, text.manufacturer));
    report_set_text(report, COLUMN_MODEL, or_else(rule->model, text.model));
    report_set_text(report, COLUMN_SERIAL, or_else(rule->serial, text.serial));
    for (size_t i = 0; i < n_words; i++)
        report_set_text(report, COLUMN_FLAGS, words[i]);
}

static bool
is_paused(const struct survey *survey, const struct control_page *page,
          const struct token *token)
{
    CLEANUP(freep) char *name = slot_list_name(survey->slots, token);

    memory_need(name);
    return control_page_paused(page, name) != NULL;
}

static void
add_slot(struct report *report, const struct survey *survey,
         const struct control_page *page, struct token *token)
{
    bool is_held = is_paused(survey, page, token);
    const char *state = is_held ? "paused" : "present";
    CLEANUP(freep) char *why = NULL;
    CK_TOKEN_INFO info;

    report_add_row(report);
    report_set_number(report, COLUMN_SLOT, token->slot);
    report_set_text(report, COLUMN_LABEL, token->label);
    report_set_truth(report, COLUMN_CONFIGURED, token->rule != NULL);
    if (slot_list_seen(survey->slots, token, NULL, &info))
        add_info(report, token, &info);
    else
        why = explain_absence(survey, token, &state);
    add_members(report, token);
    report_set_text(report, COLUMN_STATE, state);
    report_set_truth(report, COLUMN_PAUSED, is_held);
    report_set_text(report, COLUMN_WHY, why);
}

/* -- Printing ---------------------------------------------------------------
 */

static void
print_labels(const struct survey *survey)
{
    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        char *label = memory_copy(slot_list_at(survey->slots, i)->label);

        text_clean(label);
        if (label[0] != '\0')
            (void)puts(label);
        free(label);
    }
}

/* Why those are away that are. */
static void
print_absences(const struct survey *survey)
{
    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        const struct token *token = slot_list_at(survey->slots, i);
        const char *state;
        char *why;

        if (token_is_present(token) || token->rule == NULL)
            continue;
        why = explain_absence(survey, token, &state);
        text_clean(why);
        (void)printf("slot %lu: %s\n", token->slot, why);
        free(why);
    }
}

/* One that is not good pauses nothing; doctor says what is wrong with it. */
static void
read_page(const struct survey *survey, struct control_page *out)
{
    CLEANUP(freep) char *path = NULL;

    memory_need(control_page_path(survey->config->runtime_dir, &path) ? path
                                                                      : NULL);
    if (!control_page_read(path, out, NULL, NULL))
        control_page_clear(out);
}

static void
print_slots(const struct request *request, const struct survey *survey)
{
    CLEANUP(report_freep)
    struct report *report = report_new(columns, N_COLUMNS);
    CLEANUP(control_page_clear) struct control_page page;

    read_page(survey, &page);
    for (size_t i = 0; i < slot_list_count(survey->slots); i++)
        add_slot(report, survey, &page, slot_list_at(survey->slots, i));
    if (request->is_given[OPTION_JSON]) {
        struct json json = { .stream = stdout };

        json_begin_object(&json, NULL);
        report_write_json(report, &json, "slots");
        json_end_object(&json);
        return;
    }
    report_print_table(report, stdout);
    if (report_count(report) == 0)
        (void)puts("there is no slot; \"p11mux doctor\" says why");
    print_absences(survey);
}

enum status
cmd_slots(const struct request *request)
{
    enum status status = STATUS_FINE;
    struct error error = { .rv = CKR_OK };
    struct config *config;
    struct survey survey;

    if (!configuration_load(request, &config))
        return STATUS_WRONG;
    if (!survey_begin(config, &survey, &error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    if (request->is_given[OPTION_LABELS])
        print_labels(&survey);
    else
        print_slots(request, &survey);
    if (survey.refusal.rv != CKR_OK) {
        message_error("applications do not start: %s", survey.refusal.text);
        status = STATUS_WRONG;
    } else if (!slot_list_save_numbers(survey.slots, &error) &&
               request->is_given[OPTION_VERBOSE]) {
        message_error("slot numbers are not kept: %s", error.text);
    }
    survey_end(&survey);
    return status;
}
