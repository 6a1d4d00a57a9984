/* SPDX-License-Identifier: BSD-3-Clause */
/* What closing a session does besides making its handle invalid. */
#include "router/session-end.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/login.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/search.h"
#include "router/spill.h"

#include <sched.h>

/* -- Operations --------------------------------------------------------------
 */

/* A backend session that is held stays with its session, and what may still
 * go on there is nobody else's afterwards. */
void
session_end_operations(struct session *session)
{
    if (session->search != NULL && session_is_active(session, OPERATION_FIND))
        search_drop(session);
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++) {
        struct pool_session *pooled;

        if (!session_is_active(session, kind))
            continue;
        pooled = session->operations[kind]->held;
        record_abandoned(session, session->operations[kind]);
        operation_end(session->operations[kind]);
        session->active &= (uint16_t) ~(1u << kind);
        if (!pooled->is_lent)
            atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
        /* Two operations may share it. */
        else if (!session_uses(session, pooled, NULL))
            pool_give(pooled, session, POOL_DIRTY);
    }
    session->active = 0;
}

/* -- Session objects ---------------------------------------------------------
 */

/* Whether it ends with a backend session that the session keeps, which is
 * then closed and goes to nobody else (R3.25). */
static bool
ends_by_itself(const struct session *session, const struct object_place *place)
{
    struct pool_session *held;

    if (session->aside != NULL && place->home == &session->aside->home)
        return true;
    for (held = session->held; held != NULL; held = held->next)
        if (place->home == &held->home && !held->is_keeper) {
            atomic_fetch_or(&held->doubts, POOL_OUTLIVED);
            return true;
        }
    return false;
}

/* False when no backend session could be had for it. */
static bool
destroy(struct session *session, const struct object_place *place)
{
    struct member *member = &session->token->members[place->member];
    struct pool_session *pooled;
    CK_RV rv;

    session->attempt.uses_drained = true;
    rv = pool_take(member->pool, session, false, &pooled);
    session->attempt.uses_drained = false;
    if (rv != CKR_OK)
        return false;
    if (pooled->handles == place->epoch) {
        backend_enter(pooled->backend);
        (void)pooled->functions->C_DestroyObject(pooled->handle, place->handle);
        backend_leave(pooled->backend);
    }
    pool_give(pooled, session, POOL_CLEAN);
    return true;
}

/* One by one, since the backend sessions they live in go on (DESIGN 4). With
 * the token's last session all of these go too; so does the one that they live
 * in where no other can be had, which is not waited for more than once, nor
 * while nothing is to begin on the token. */
static void
end_objects(struct session *session)
{
    struct token *token = session->token;
    bool may_destroy =
        token_sessions(token).all > 1 && !atomic_load(&token->is_paused);
    struct object_place place;

    while (object_space_drop_owned(token->objects, session, &place)) {
        if (ends_by_itself(session, &place))
            continue;
        may_destroy = may_destroy && destroy(session, &place);
        if (!may_destroy && place.home != NULL)
            pool_outlive(place.home);
    }
}

/* -- Counting ----------------------------------------------------------------
 */

static void
end_token(struct token *token, CK_FLAGS flags)
{
    CLEANUP(turn_give_if) struct turn *turn = NULL;

    if (turn_take(&token->login.turn, login_deadline(token)))
        turn = &token->login.turn;
    if (!token_count_last(token, flags))
        return;
    /* Somebody hangs in a login: what can be done without the module. */
    if (turn == NULL)
        login_forget(token);
    else
        login_last(token);
    object_space_clear(token->objects);
}

void
session_free(struct session *session)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct token *token = session->token;

    if (session->active != 0)
        session_end_operations(session);
    if (session->first_object != 0)
        end_objects(session);
    if (session->held != NULL)
        pool_close_session(session);
    if (session->aside != NULL)
        spill_end(session);
    if (session->opened && !token_count_close(token, session->flags))
        end_token(token, session->flags);
    session_pass_counts(session);
    session_recycle(session);
}

/* -- Calls that stay inside ---------------------------------------------------
 */

/* Whether its call is inside another member, or stands in line for one. */
static bool
is_elsewhere(const struct session *session, uint32_t members)
{
    uint32_t place = atomic_load(&session->place);
    uint32_t index = place >> SESSION_FUNCTION_BITS;

    if (place == 0) {
        uint8_t queue = atomic_load(&session->queue);

        if (queue == 0)
            return false;
        index = queue - 1u;
    }
    return index >= MOST_MEMBERS || (members >> index & 1) == 0;
}

/* Calls that end at once come one after the other: between two of them the cell
 * is free for a moment. */
static bool
is_left_alone(struct session *session, uint32_t members)
{
    enum { TRIES = 1000 };

    for (int i = 0; i < TRIES; i++) {
        if ((atomic_load(&session->word) & SESSION_LIVE) == 0 ||
            is_elsewhere(session, members))
            return true;
        if (session_take_if_idle(session)) {
            session_give(session);
            return true;
        }
        (void)sched_yield();
    }
    return false;
}

size_t
session_count_staying(const struct token *token, uint32_t members)
{
    uint32_t end = session_count_cells();
    size_t count = 0;

    for (uint32_t index = 1; index < end; index++) {
        struct session *session = session_cell(index);

        if (__atomic_load_n(&session->token, __ATOMIC_RELAXED) == token &&
            !is_left_alone(session, members))
            count++;
    }
    return count;
}
