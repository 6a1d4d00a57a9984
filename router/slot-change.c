/* SPDX-License-Identifier: BSD-3-Clause */
/* Adds and removes configured tokens of a slot list that is in use. */
#include "router/slot-change.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/pool.h"
#include "router/session-end.h"
#include "router/session.h"
#include "router/slot-state.h"

#include <string.h>

/* -- What there is -----------------------------------------------------------
 */

struct token *
slot_change_find(const struct slot_list *list, const char *label)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);
        const struct config_token *rule = token->rule;

        if (rule != NULL && strcmp(rule->label, label) == 0)
            return token;
    }
    return NULL;
}

/* Also by one that was removed: what is left of it in the application leads
 * nowhere, and must not lead to another token. */
static bool
is_slot_taken(const struct slot_list *list, CK_SLOT_ID slot)
{
    for (size_t i = 0; i < slot_list_count(list); i++)
        if (slot_list_at(list, i)->slot == slot)
            return true;
    return false;
}

static bool
has_module(const struct slot_list *list, const struct config_module *module)
{
    for (size_t i = 0; i < list->config->n_modules; i++)
        if (&list->config->modules[i] == module)
            return true;
    return false;
}

const char *
slot_change_obstacle(const struct slot_list *list,
                     const struct config_token *rule)
{
    for (size_t i = 0; i < rule->n_members; i++)
        if (!has_module(list, rule->members[i].module))
            return " (added, on a module that is not loaded)";
    if (is_slot_taken(list, rule->slot))
        return " (added, in a slot that is taken)";
    if (rule->certificates.mode != CERTIFICATES_TOKEN)
        return " (added, with certificates in the store)";
    return NULL;
}

/* -- What changes ------------------------------------------------------------
 */

bool
slot_change_add(struct slot_list *list, const struct config_token *rule)
{
    struct token *token =
        token_new(rule->slot, rule->label, rule, (unsigned)rule->n_members);
    bool is_added;

    if (token == NULL)
        return false;
    mutex_lock(&list->lock);
    is_added = slot_list_add(list, token);
    mutex_unlock(&list->lock);
    if (!is_added)
        token_free(token);
    return is_added;
}

/* It is lost: what was begun in it can only be given up, and what it keeps
 * keeps the login on the device. */
static void
empty_session(struct session *session, void *context)
{
    (void)context;
    session_end_operations(session);
    if (session->held != NULL)
        pool_close_session(session);
}

/* One that is closed meanwhile ends here, and takes the token's turn for that:
 * this thread may not have it, nor a call that it is inside of. */
static void
empty_sessions(struct token *token)
{
    if (token_sessions(token).all == 0 ||
        !turn_take(&token->login.turn, deadline_now()))
        return;
    turn_give(&token->login.turn);
    (void)session_visit_idle(token, empty_session, NULL);
}

/* With the token's turn: whoever opens its first session, or logs in, uses
 * the keeper without taking it. Another one's turn may last; then the next look
 * at the control page does this. */
static void
drain(struct token *token)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;

    empty_sessions(token);
    if (!turn_take(&token->login.turn, deadline_now()))
        return;
    turn = &token->login.turn;
    for (unsigned i = 0; i < token->n_members; i++)
        pool_drain(token->members[i].pool, true);
}

void
slot_change_remove(struct slot_list *list, struct token *token)
{
    mutex_lock(&list->lock);
    atomic_store(&token->is_removed, true);
    token_dismiss(token);
    slot_state_note_locked(list);
    mutex_unlock(&list->lock);
    drain(token);
    for (unsigned i = 0; i < token->n_members; i++)
        pool_rouse(token->members[i].pool);
}

/* Whether a configured token is where another one was. */
static bool
is_superseded(const struct slot_list *list, const struct token *token)
{
    const struct member *before = &token->members[0];

    for (size_t i = 0; i < slot_list_count(list); i++) {
        const struct token *other = slot_list_at(list, i);

        for (unsigned k = 0; k < other->n_members; k++) {
            const struct member *member = &other->members[k];

            if (other->rule != NULL && atomic_load(&member->is_present) &&
                atomic_load(&member->backend) ==
                    atomic_load(&before->backend) &&
                atomic_load(&member->slot) == atomic_load(&before->slot))
                return true;
        }
    }
    return false;
}

void
slot_change_look(struct slot_list *list)
{
    (void)slot_list_scan(list, deadline_in(slot_wait_ms), NULL);
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        if (token->rule == NULL && !token_is_present(token) &&
            !atomic_load(&token->is_removed) && is_superseded(list, token))
            slot_change_remove(list, token);
    }
}

void
slot_change_restore(struct slot_list *list, struct token *token)
{
    mutex_lock(&list->lock);
    atomic_store(&token->is_removed, false);
    mutex_unlock(&list->lock);
}

void
slot_change_tend(const struct slot_list *list)
{
    for (size_t i = 0; i < slot_list_count(list); i++)
        if (atomic_load(&slot_list_at(list, i)->is_removed))
            drain(slot_list_at(list, i));
}
