/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the modules and finds a token by what people call it. */
#include "cli/target.h"

#include "cli/configuration.h"
#include "cli/ending.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "common/names.h"
#include "common/text.h"
#include "router/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Starting ---------------------------------------------------------------
 */

static void
describe(const void *context, char *out, size_t room)
{
    (void)snprintf(out, room, "%s", (const char *)context);
}

bool
target_start(const struct request *request, enum target_logins logins,
             struct error *error)
{
    struct config *config;
    struct progress *progress;
    CK_RV rv;

    if (!configuration_load(request, &config))
        return false;
    for (size_t i = 0; i < config->n_tokens; i++)
        if (logins == TARGET_WITHOUT_LOGINS)
            config->tokens[i].auto_login = false;
    /* With the log where the tool has it. */
    config->log_level =
        request->is_given[OPTION_VERBOSE] ? LOG_LEVEL_INFO : LOG_LEVEL_NONE;
    free(config->log_target);
    config->log_target = memory_copy("stderr");
    progress = progress_begin(describe, "starting the modules");
    rv = instance_start_with(config, true, error);
    progress_end(progress);
    if (rv != CKR_OK)
        message_error("%s; \"p11mux doctor\" says more", error->text);
    return rv == CKR_OK;
}

void
target_stop(void)
{
    ending_look_at(instance_get()->backends);
    (void)instance_stop();
}

/* -- Finding --------------------------------------------------------------
 */

/* Whether a word is the number of a slot. */
static bool
read_slot(const char *word, CK_SLOT_ID *out)
{
    char *end;

    errno = 0;
    *out = strtoul(word, &end, 0);
    return errno == 0 && end != word && *end == '\0' && word[0] != '-';
}

/* The labels of all slots, for who misspelt one. */
static bool
refuse_name(const struct slot_list *slots, const char *name,
            struct error *error)
{
    size_t count = slot_list_count(slots);
    const char **labels = memory_new(count, sizeof(*labels));
    const char *nearest;
    bool answer;

    for (size_t i = 0; i < count; i++)
        labels[i] = slot_list_at(slots, i)->label;
    nearest = text_nearest(name, labels, count);
    if (nearest != NULL)
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token is called \"%s\"; did you mean \"%s\"?",
                           name, nearest);
    else
        answer = error_set(error, CKR_ARGUMENTS_BAD,
                           "no token is called \"%s\"; \"p11mux slots\" lists "
                           "those that are there",
                           name);
    free(labels);
    return answer;
}

/* A label comes before a number: a token may be called "1". */
bool
target_find(const char *name, const struct token **out, struct error *error)
{
    const struct slot_list *slots = instance_get()->slots;
    CK_SLOT_ID slot;

    *out = NULL;
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        if (strcmp(token->label, name) != 0)
            continue;
        if (*out != NULL)
            return error_set(error, CKR_ARGUMENTS_BAD,
                             "slots %lu and %lu both have a token called "
                             "\"%s\"; give the number of one",
                             (*out)->slot, token->slot, name);
        *out = token;
    }
    if (*out == NULL && read_slot(name, &slot))
        *out = slot_list_find(slots, slot);
    return *out != NULL || refuse_name(slots, name, error);
}

bool
target_find_group(const char *name, const struct token **out,
                  struct error *error)
{
    if (!target_find(name, out, error))
        return false;
    return (*out)->mode != GROUP_SINGLE ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "token \"%s\" is no group, but one member alone; "
                     "\"p11mux objects %s\" lists what is on it",
                     (*out)->label, name);
}

bool
target_find_migration(const char *name, const struct token **out,
                      struct error *error)
{
    if (!target_find(name, out, error))
        return false;
    return (*out)->mode == GROUP_MIGRATE ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "the objects of token \"%s\" do not move; add mode = "
                     "\"migrate\" and a new member to it: p11mux.conf(5)",
                     (*out)->label);
}

const struct profile *
target_profile(const struct member *member)
{
    return backend_profile(atomic_load(&member->backend));
}

bool
target_overwrites(const struct member *member)
{
    return target_profile(member)->settings.create_overwrites == ANSWER_YES;
}

bool
target_fail(const char *function, CK_RV rv, struct error *error)
{
    char name[NAME_LENGTH];

    return error_set(error, rv, "%s: %s", function,
                     name_of(NAME_CKR, rv, name));
}

bool
target_info(const struct token *token, CK_TOKEN_INFO *out, struct error *error)
{
    CK_RV rv = C_GetTokenInfo(token->slot, out);

    if (rv == CKR_TOKEN_NOT_PRESENT)
        return error_set(error, rv,
                         "token \"%s\" is not there; \"p11mux doctor\" says "
                         "why",
                         token->label);
    return rv == CKR_OK || target_fail("C_GetTokenInfo", rv, error);
}

/* Of a group it is that of the members without one of their own, which are
 * shown what an application offers (R6.22). */
static const struct config_pin *
user_pin(const struct config_token *rule)
{
    for (size_t i = 0; i < rule->n_members; i++)
        if (rule->members[i].pin.kind == PIN_UNSET)
            return &rule->pin;
    return &rule->members[0].pin;
}

const struct config_pin *
target_pin(const struct token *token, bool of_so)
{
    const struct config_token *rule = token->rule;
    const struct config_pin *pin;

    if (rule == NULL)
        return NULL;
    if (of_so)
        pin = &rule->so_pin;
    else
        pin = user_pin(rule);
    return pin->kind != PIN_UNSET ? pin : NULL;
}

const char *
target_uri(const struct token *token)
{
    return token->rule == NULL ? NULL : token->rule->members[0].match.uri;
}
