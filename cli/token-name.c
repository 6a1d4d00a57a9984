/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out which token is meant, without its module if that can be. */
#include "cli/token-name.h"

#include "cli/memory.h"
#include "cli/survey.h"
#include "common/cleanup.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool
is_slot(const char *word, CK_SLOT_ID slot)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(word, &end, 0);
    return errno == 0 && end != word && *end == '\0' && word[0] != '-' &&
           number == slot;
}

/* A label comes before a number: a token may be called "1". */
static const struct config_token *
find_configured(const struct config *config, const char *word)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        if (strcmp(config->tokens[i].label, word) == 0)
            return &config->tokens[i];
    for (size_t i = 0; i < config->n_tokens; i++)
        if (is_slot(word, config->tokens[i].slot))
            return &config->tokens[i];
    return NULL;
}

/* Of those that the modules show besides. */
static const struct token *
find_shown(const struct survey *survey, const char *word, bool by_slot)
{
    const struct token *found = NULL;

    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        const struct token *token = slot_list_at(survey->slots, i);

        if (token->rule != NULL || (by_slot ? !is_slot(word, token->slot)
                                            : strcmp(token->label, word) != 0))
            continue;
        if (found != NULL)
            return NULL;
        found = token;
    }
    return found;
}

static bool
refuse(const struct survey *survey, const char *word, struct error *error)
{
    size_t count = slot_list_count(survey->slots);
    const char **labels = memory_new(count, sizeof(*labels));
    const char *nearest;
    bool answer;

    for (size_t i = 0; i < count; i++)
        labels[i] = slot_list_at(survey->slots, i)->label;
    nearest = text_nearest(word, labels, count);
    if (nearest != NULL && strcmp(nearest, word) != 0)
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token is called \"%s\"; did you mean \"%s\"?",
                           word, nearest);
    else
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token, or more than one, is called \"%s\"; "
                           "\"p11mux slots\" lists them with their slots, "
                           "whose numbers may be given",
                           word);
    free(labels);
    return answer;
}

static bool
find_in_survey(const char *file, const char *word, struct token_name *out,
               struct error *error)
{
    const struct token *token;
    struct config *config;
    struct survey survey;

    if (!config_load(file, &config, error) ||
        !survey_begin(config, &survey, error))
        return false;
    token = find_shown(&survey, word, false);
    if (token == NULL)
        token = find_shown(&survey, word, true);
    if (token == NULL) {
        (void)refuse(&survey, word, error);
    } else {
        out->name = slot_list_name(survey.slots, token);
        memory_need(out->name);
        out->label = memory_copy(token->label);
    }
    survey_end(&survey);
    return token != NULL;
}

bool
token_name_find(const struct config *config, const char *word,
                struct token_name *out, struct error *error)
{
    const struct config_token *configured = find_configured(config, word);

    *out = (struct token_name){ .name = NULL };
    if (configured == NULL)
        return find_in_survey(config->file, word, out, error);
    out->name = memory_copy(configured->label);
    out->label = memory_copy(configured->label);
    return true;
}

const struct config_token *
token_name_rule(const struct config *config, const char *label)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        if (strcmp(config->tokens[i].label, label) == 0)
            return &config->tokens[i];
    return NULL;
}

void
token_name_clear(struct token_name *name)
{
    free(name->name);
    free(name->label);
}
