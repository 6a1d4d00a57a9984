/* SPDX-License-Identifier: BSD-3-Clause */
/* What it means for others that a call does not come back from a member. */
#include "router/hang.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/facts.h"
#include "router/login.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/slot-list.h"
#include "router/watch.h"

/* -- Beginning and end -------------------------------------------------------
 */

/* Whether a call that hangs in that backend is in the way of the member: each
 * goes to the same module by the same door. */
static bool
is_affected(const struct member *member, const struct backend *backend)
{
    const struct backend *its = atomic_load(&member->backend);

    return its != NULL && backend_is_serialised(backend) &&
           backend_shares_library(its, backend);
}

static void catch (struct member *member)
{
    struct token *token = member->token;

    if (member->n_stuck++ > 0)
        return;
    if (atomic_exchange(&member->hang, HANG_CAUGHT) == HANG_NOT)
        atomic_fetch_add(&token->hangs, 1);
    member_hold_back(member);
    turn_set_stuck(&token->login.turn, true);
    turn_set_stuck(&token->login.asking, true);
    pool_rouse(member->pool);
}

static bool
is_any_stuck(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (token->members[i].n_stuck > 0)
            return true;
    return false;
}

static void
let_go(struct member *member)
{
    struct token *token = member->token;

    /* Its place may have changed meanwhile. */
    if (member->n_stuck == 0 || --member->n_stuck > 0)
        return;
    atomic_store(&member->hang, HANG_OVER);
    if (is_any_stuck(token))
        return;
    turn_set_stuck(&token->login.turn, false);
    turn_set_stuck(&token->login.asking, false);
}

static void
change_all(struct member *by, const struct backend *backend,
           void (*change)(struct member *member))
{
    const struct slot_list *list = by->token->list;

    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        for (unsigned k = 0; k < token->n_members; k++)
            if (&token->members[k] == by ||
                is_affected(&token->members[k], backend))
                change(&token->members[k]);
    }
}

void
hang_begin(struct member *member, struct backend *backend)
{
    change_all(member, backend, catch);
    backend_set_stuck(backend, true);
}

void
hang_end(struct member *member, struct backend *backend, bool was_last)
{
    change_all(member, backend, let_go);
    if (was_last)
        backend_set_stuck(backend, false);
}

/* -- Coming back -------------------------------------------------------------
 */

static bool
is_well(struct member *member)
{
    struct member_place place;
    CK_TOKEN_INFO info;
    struct stay stay;
    CK_RV rv;

    member_read(member, &place);
    if (!stay_begin(&stay, member, place.backend, NULL, CALL_C_GetTokenInfo))
        return false;
    rv = place.functions->C_GetTokenInfo(place.slot, &info);
    stay_end(&stay);
    return rv == CKR_OK;
}

/* What was put off while nobody could go there. False: somebody is logging in
 * or out, and it is put off once more. */
static bool
catch_up(struct member *member)
{
    struct token *token = member->token;
    CLEANUP(turn_give_if) struct turn *turn = NULL;

    pool_close_late(member->pool);
    if (!turn_take(&token->login.turn, deadline_now()))
        return false;
    turn = &token->login.turn;
    if (token_sessions(token).all == 0)
        login_last(token);
    else
        login_end_late(member);
    return true;
}

/* One thread looks; the others are refused until it has seen. */
static void
look_after(struct member *member)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    unsigned found = HANG_OVER;
    bool is_done = true;

    if (!atomic_compare_exchange_strong(&member->hang, &found, HANG_LOOKED_AT))
        return;
    if (is_well(member)) {
        is_done = catch_up(member);
        if (is_done)
            member_come_back(member);
    } else {
        member_fail(member, "C_GetTokenInfo", CKR_DEVICE_ERROR);
    }
    found = HANG_LOOKED_AT;
    /* Unless that one hung too. */
    if (atomic_compare_exchange_strong(&member->hang, &found,
                                       is_done ? HANG_NOT : HANG_OVER) &&
        is_done)
        atomic_fetch_sub(&member->token->hangs, 1);
}

void
hang_tend(struct member *member)
{
    if (atomic_load_explicit(&member->hang, memory_order_relaxed) == HANG_OVER)
        look_after(member);
}

/* -- Calls -------------------------------------------------------------------
 */

/* Where the call has to go to, if that is decided already. */
static const struct member *
find_bound(const struct call *call)
{
    const struct session *session = call->session;
    unsigned kind = call_facts[call->id].operation;
    const struct pool_session *bound;

    if (session_is_active(session, kind) && session->operations[kind] != NULL &&
        session->operations[kind]->held != NULL)
        return session->operations[kind]->held->member;
    bound = session->active == 0 ? NULL : session_bound(session);
    return bound == NULL ? NULL : bound->member;
}

/* Those for which p11mux answers, or can do without the module. */
static bool
needs_no_member(enum call_id id)
{
    switch (id) {
    case CALL_C_GetSlotInfo:
    case CALL_C_CloseAllSessions:
    case CALL_C_GetSessionInfo:
    case CALL_C_Logout:
        return true;
    default:
        return false;
    }
}

bool
hang_refuses(struct call *call)
{
    const struct token *token = call->token;
    const struct member *bound;

    for (unsigned i = 0; i < token->n_members; i++)
        hang_tend(&token->members[i]);
    if (atomic_load(&token->hangs) == 0 || needs_no_member(call->id))
        return false;
    /* What was begun there goes on elsewhere (router/fail-over.c). */
    if (token->mode != GROUP_SINGLE && token_member(token, 0) != NULL)
        return false;
    bound = call->session == NULL ? NULL : find_bound(call);
    if (bound == NULL)
        bound = token_member(token, 0);
    if (bound != NULL && atomic_load(&bound->hang) == HANG_NOT)
        return false;
    /* R1.24, R1.25. */
    call->rv =
        call->session != NULL ? CKR_DEVICE_REMOVED : CKR_TOKEN_NOT_PRESENT;
    return true;
}
