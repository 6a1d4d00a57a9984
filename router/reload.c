/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the configuration anew, compares, and lets tokens take over theirs. */
#include "router/reload.h"

#include "audit/clerk.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "config/change.h"
#include "router/slot-change.h"
#include "router/trail.h"

#include <stdio.h>
#include <string.h>

struct reload {
    struct instance *instance;
    const struct config *fresh;
    struct control_note_reload *out;
    bool is_other; /* than the one before */
    bool changes_log;
    bool changes_slots; /* a token has come or gone */

    /* Of the token that is compared at the moment. */
    unsigned n_taken;
    unsigned n_waiting;
};

/* -- What waits for a restart ------------------------------------------------
 */

static void
say(struct reload *reload, const char *what, const char *key, const char *name)
{
    struct control_note_reload *out = reload->out;
    size_t used = strlen(out->text);

    out->n_waiting++;
    (void)snprintf(out->text + used, sizeof(out->text) - used,
                   name == NULL ? "%s%s%s" : "%s%s%s of \"%s\"",
                   used == 0 ? "" : ", ", key, what, name);
    log_write(LOG_LEVEL_WARNING,
              name == NULL ? "%s: %s%s: a restart takes it over"
                           : "%s: %s%s of \"%s\": a restart takes it over",
              reload->fresh->file, key, what, name);
}

static void
tell_waiting(void *context, const struct config_change *change)
{
    if (!change->reloads)
        say(context, "", change->key, change->name);
}

/* Where it stands in the file moves a token that has no `slot` of its own, but
 * not while it is in use; that holds nothing else back. */
static bool
is_slot(const struct config_change *change)
{
    return strcmp(change->key, "tokens.slot") == 0;
}

/* One that has another change which needs a restart waits for it as a whole.
 */
static void
tell_held_back(void *context, const struct config_change *change)
{
    if (!is_slot(change))
        say(context, "", change->key, change->name);
}

static void
tell_kind(void *context, const struct config_change *change)
{
    struct reload *reload = context;

    if (is_slot(change))
        return;
    reload->n_taken += change->reloads ? 1 : 0;
    reload->n_waiting += change->reloads ? 0 : 1;
}

static void
count_changes(struct reload *reload, const struct config_token *used,
              const struct config_token *rule)
{
    reload->n_taken = 0;
    reload->n_waiting = 0;
    config_compare_token(used, rule, tell_kind, reload);
}

static void
look_at_token(struct reload *reload, const struct token *token,
              const struct config_token *rule)
{
    count_changes(reload, token->rule, rule);
    if (reload->n_waiting > 0)
        config_compare_token(token->rule, rule, tell_held_back, reload);
    if (rule->slot != token->slot)
        say(reload, "", "tokens.slot", rule->label);
}

static void
look_at_tokens(struct reload *reload)
{
    const struct slot_list *slots = reload->instance->slots;

    for (size_t i = 0; i < reload->fresh->n_tokens; i++) {
        const struct config_token *rule = &reload->fresh->tokens[i];
        const struct token *token = slot_change_find(slots, rule->label);
        const char *obstacle =
            token != NULL ? NULL : slot_change_obstacle(slots, rule);

        if (token != NULL)
            look_at_token(reload, token, rule);
        else if (obstacle != NULL)
            say(reload, obstacle, "tokens", rule->label);
    }
}

/* -- What is taken over ------------------------------------------------------
 */

static bool
is_of_audit(const struct config_change *change)
{
    return strncmp(change->key, "audit.", strlen("audit.")) == 0;
}

/* Where there is no audit log, all of it waits for audit.file. */
static void
tell_taken(void *context, const struct config_change *change)
{
    struct reload *reload = context;

    if (!change->reloads ||
        (is_of_audit(change) && reload->instance->audit == NULL))
        return;
    reload->changes_log = reload->changes_log || !is_of_audit(change);
    reload->out->n_taken++;
}

static bool
take_log(struct reload *reload, struct error *error)
{
    const struct config *fresh = reload->fresh;

    config_compare(instance_latest(reload->instance), fresh, tell_taken,
                   reload);
    return !reload->changes_log ||
           log_open(fresh->log_level, fresh->log_target, error);
}

/* Whoever asks for fewer records is in one, or is not obeyed. */
static bool
leave_record(const struct reload *reload, struct error *error)
{
    const struct instance *instance = reload->instance;

    return !reload->is_other || instance->clerk == NULL ||
           clerk_take_config(instance->clerk, reload->fresh,
                             reload->out->n_waiting) ||
           error_set(error, CKR_GENERAL_ERROR,
                     "audit log %s: the record of that cannot be written; make "
                     "room and reload again, or use on_failure = \"allow\"",
                     instance->config->audit.file);
}

/* All that can fail, so it comes first. */
static bool
begin(struct reload *reload, struct error *error)
{
    const struct config *before = instance_latest(reload->instance);
    struct error ignored = { .rv = CKR_OK };

    if (!take_log(reload, error))
        return false;
    if (leave_record(reload, error))
        return true;
    if (reload->changes_log)
        (void)log_open(before->log_level, before->log_target, &ignored);
    return false;
}

static void
take_token(struct reload *reload, struct token *token,
           const struct config_token *rule)
{
    count_changes(reload, token->rule, rule);
    if (reload->n_waiting > 0)
        return;
    if (reload->n_taken > 0)
        token_reload(token, rule);
    reload->out->n_taken += reload->n_taken;
    if (!atomic_load(&token->is_removed))
        return;
    slot_change_restore(reload->instance->slots, token);
    reload->changes_slots = true;
    reload->out->n_taken++;
}

static void
add_token(struct reload *reload, const struct config_token *rule)
{
    if (!slot_change_add(reload->instance->slots, rule)) {
        say(reload, " (out of memory)", "tokens", rule->label);
        return;
    }
    reload->changes_slots = true;
    reload->out->n_taken++;
}

static void
remove_tokens(struct reload *reload)
{
    struct slot_list *slots = reload->instance->slots;

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        struct token *token = slot_list_at(slots, i);
        const struct config_token *rule = token->rule;

        if (rule == NULL || atomic_load(&token->is_removed) ||
            config_find_token(reload->fresh, rule->label) != NULL)
            continue;
        slot_change_remove(slots, token);
        reload->changes_slots = true;
        reload->out->n_taken++;
    }
}

static void
take_tokens(struct reload *reload)
{
    struct slot_list *slots = reload->instance->slots;

    remove_tokens(reload);
    for (size_t i = 0; i < reload->fresh->n_tokens; i++) {
        const struct config_token *rule = &reload->fresh->tokens[i];
        struct token *token = slot_change_find(slots, rule->label);

        if (token != NULL)
            take_token(reload, token, rule);
        else if (slot_change_obstacle(slots, rule) == NULL)
            add_token(reload, rule);
    }
    /* What was another's, or nobody's, is a new token's now. */
    if (reload->changes_slots)
        slot_change_look(slots);
}

/* -- Reading -----------------------------------------------------------------
 */

static bool
is_unchanged(const struct config *used, const struct config *fresh)
{
    return used->has_hash && fresh->has_hash &&
           memcmp(used->hash, fresh->hash, sizeof(used->hash)) == 0;
}

static void
refuse(struct control_note_reload *out, const struct error *error)
{
    out->is_refused = 1;
    out->n_taken = 0;
    out->n_waiting = 0;
    (void)snprintf(out->text, sizeof(out->text), "%s", error->text);
    log_write(LOG_LEVEL_ERROR, "the configuration stays as it was: %s",
              error->text);
}

/* False where nothing of `fresh` is used any more. */
static bool
take(struct reload *reload, struct config *fresh)
{
    struct instance *instance = reload->instance;
    struct control_note_reload *out = reload->out;

    take_tokens(reload);
    if (!reload->is_other && out->n_taken == 0)
        return false;
    trail_reload(instance, &fresh->audit);
    fresh->before = instance->reloaded;
    instance->reloaded = fresh;
    log_write(LOG_LEVEL_INFO,
              "%s: read anew: %u settings taken over, %u wait for a restart",
              fresh->file, out->n_taken, out->n_waiting);
    return true;
}

void
reload_run(struct instance *instance, struct control_note_reload *out)
{
    CLEANUP(config_freep) struct config *fresh = NULL;
    struct error error = { .rv = CKR_OK };
    struct reload reload = { .instance = instance, .out = out };

    memset(out, 0, sizeof(*out));
    /* Without a file there is nothing that could have changed. */
    if (instance->config->file == NULL)
        return;
    if (!config_load(instance->config->file, &fresh, &error)) {
        refuse(out, &error);
        return;
    }
    config_lend_modules(instance->config, fresh);
    reload.fresh = fresh;
    reload.is_other = !is_unchanged(instance_latest(instance), fresh);
    config_compare(instance->config, fresh, tell_waiting, &reload);
    look_at_tokens(&reload);
    if (!begin(&reload, &error))
        refuse(out, &error);
    else if (take(&reload, fresh))
        fresh = NULL;
}
