/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules and tokens that do not fit together. */
#include "cli/examine.h"

#include "cli/memory.h"
#include "cli/token-text.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* -- Rules without a token --------------------------------------------------
 */

/* A rule, and a token that its module shows. */
struct candidate {
    const struct config_match *match;
    struct token_text text;
    CK_SLOT_ID slot;
};

/* The first thing in which a token is not what the rule asks for, as a
 * sentence; NULL if there is none. */
static char *
explain_difference(const struct candidate *candidate)
{
    const struct config_match *match = candidate->match;
    const struct {
        const char *name;
        const char *wanted;
        const char *found;
    } rows[] = {
        { "serial", match->serial, candidate->text.serial },
        { "manufacturer", match->manufacturer, candidate->text.manufacturer },
        { "model", match->model, candidate->text.model },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].wanted != NULL &&
            strcmp(rows[i].wanted, rows[i].found) != 0)
            return memory_text("\"%s\" is there, but its %s is \"%s\", not "
                               "\"%s\"",
                               candidate->text.label, rows[i].name,
                               rows[i].found, rows[i].wanted);
    if (match->has_slot_id && match->slot_id != candidate->slot)
        return memory_text("\"%s\" is there, but in slot %lu of the module, "
                           "not %lu",
                           candidate->text.label, candidate->slot,
                           match->slot_id);
    return NULL;
}

/* Of a token with the right label; NULL if there is none. */
static char *
explain_near_miss(const struct survey *survey, const struct config_member *rule)
{
    struct candidate candidate = { .match = &rule->match };
    char *why = NULL;

    for (size_t i = 0; i < survey->n_seen && why == NULL; i++) {
        const struct seen_token *seen = &survey->seen[i];

        token_text_read(&seen->info, &candidate.text);
        candidate.slot = seen->slot;
        if (backend_module(seen->backend) == rule->module &&
            rule->match.label != NULL &&
            strcmp(rule->match.label, candidate.text.label) == 0)
            why = explain_difference(&candidate);
    }
    return why;
}

static char *
explain_missing(const struct survey *survey, const struct config_member *rule)
{
    CLEANUP(freep) char *labels = survey_labels(survey, rule->module);
    char *why = explain_near_miss(survey, rule);

    if (why != NULL)
        return why;
    if (labels[0] == '\0')
        return memory_text("module \"%s\" shows no token with a label",
                           rule->module->name);
    return memory_text("module \"%s\" shows %s", rule->module->name, labels);
}

/* The name of another module that shows a token with this label, or NULL. */
static const char *
find_elsewhere(const struct survey *survey, const struct config_member *rule)
{
    for (size_t i = 0; i < survey->n_seen; i++) {
        const struct seen_token *seen = &survey->seen[i];
        struct token_text text;

        token_text_read(&seen->info, &text);
        if (backend_module(seen->backend) != rule->module &&
            strcmp(text.label, rule->match.label) == 0)
            return backend_name(seen->backend);
    }
    return NULL;
}

static char *
advise_missing(const struct survey *survey, const struct config_member *rule)
{
    const char *label = rule->match.label;
    CLEANUP(freep) char *nearest = NULL;
    const char *elsewhere = NULL;

    if (label != NULL) {
        nearest = survey_nearest(survey, rule->module, label);
        elsewhere = find_elsewhere(survey, rule);
    }
    if (nearest != NULL && strcmp(nearest, label) == 0)
        return memory_text("correct the match");
    if (nearest != NULL)
        return memory_text("did you mean \"%s\"? correct the match", nearest);
    if (elsewhere != NULL)
        return memory_text("module \"%s\" shows \"%s\"; correct the member's "
                           "module",
                           elsewhere, label);
    return memory_text("connect or initialise the token, or correct the match");
}

static void
examine_member(const struct survey *survey, const struct token *token,
               const struct config_member *rule, enum severity severity,
               struct findings *findings)
{
    /* What is said of the module says this too. */
    if (!survey_is_up(survey, rule->module))
        return;
    finding_add(findings, severity,
                memory_text("%s:%u: token \"%s\": no token fits \"%s\"",
                            survey->config->file, rule->line, token->label,
                            rule->match.uri),
                explain_missing(survey, rule), advise_missing(survey, rule));
}

static void
examine_token(const struct survey *survey, const struct token *token,
              enum severity severity, struct findings *findings)
{
    char trouble[ERROR_TEXT_LENGTH];

    slot_list_trouble(survey->slots, token, trouble);
    if (trouble[0] != '\0') {
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(trouble), NULL,
                    NULL);
        return;
    }
    for (unsigned i = 0; i < token->n_members; i++)
        if (!member_is_usable(&token->members[i]))
            examine_member(survey, token, token->members[i].rule, severity,
                           findings);
}

/* -- Tokens that are the same -----------------------------------------------
 */

static bool
is_twin(const struct seen_token *a, const struct seen_token *b)
{
    struct token_text one, other;

    token_text_read(&a->info, &one);
    token_text_read(&b->info, &other);
    return a->backend == b->backend && strcmp(one.label, other.label) == 0 &&
           strcmp(one.serial, other.serial) == 0 &&
           strcmp(one.manufacturer, other.manufacturer) == 0 &&
           strcmp(one.model, other.model) == 0;
}

static void
examine_twins(const struct survey *survey, size_t index,
              struct findings *findings)
{
    const struct seen_token *seen = &survey->seen[index];
    struct token_text text;

    for (size_t i = 0; i < index; i++) {
        const struct seen_token *other = &survey->seen[i];

        if (!is_twin(seen, other))
            continue;
        token_text_read(&seen->info, &text);
        finding_add(
            findings, SEVERITY_WARNING,
            memory_text("module \"%s\" shows two tokens that nothing but their "
                        "slots (%lu and %lu) tells apart",
                        backend_name(seen->backend), other->slot, seen->slot),
            memory_text("label \"%s\", serial \"%s\", model \"%s\" and "
                        "manufacturer \"%s\" are the same",
                        text.label, text.serial, text.model, text.manufacturer),
            memory_text("give them different labels, or say slot-id= in their "
                        "matches, which is only right while the module keeps "
                        "its numbers"));
        return;
    }
}

void
examine_rules(const struct survey *survey, enum severity severity,
              struct findings *findings)
{
    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        const struct token *token = slot_list_at(survey->slots, i);

        if (token->rule != NULL)
            examine_token(survey, token, severity, findings);
    }
    for (size_t i = 0; i < survey->n_seen; i++)
        examine_twins(survey, i, findings);
}
