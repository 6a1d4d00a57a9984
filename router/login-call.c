/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend session that a login or logout is asked for in. */
#include "router/login-private.h"
#include "router/outcome.h"
#include "router/route.h"
#include "router/session.h"

bool
login_take(struct call *call, struct member *member)
{
    if (member == NULL) {
        call->rv = CKR_DEVICE_REMOVED;
        return false;
    }
    /* Not in the queue: what it waits for may be the end of operations that
     * end with a logout. Where a login is of one session only, the one that
     * asks for it has it. */
    if (!login_is_per_session(member) &&
        pool_take_keeper(member->pool, call->session, &call->pooled))
        call->member = member;
    else if (!route_take(call, member))
        return false;
    /* One that somebody is left in would not look at a PIN (R3.19). */
    if (!login_is_followed(call->pooled))
        login_settle(call->pooled);
    return true;
}

bool
login_go_to(struct call *call, struct member *member)
{
    return login_take(call, member) && route_prepare(call);
}

/* Whether the session has it for this call alone: not as what it keeps, nor
 * for an operation. */
static bool
has_borrowed(const struct session *session, const struct pool_session *pooled)
{
    const struct pool_session *held = session->held;

    while (held != NULL && held != pooled)
        held = held->next;
    return held == NULL && !session_uses(session, pooled, NULL);
}

/* R3.14: none goes back after an error of a login, but for the one that has to
 * stay open. */
void
login_leave(struct call *call)
{
    enum outcome outcome = outcome_of_call(call);
    bool is_lost =
        outcome == OUTCOME_MEMBER_LOST || outcome == OUTCOME_SESSION_LOST;
    struct pool_session *pooled = call->pooled;

    route_leave(call);
    if (pooled == NULL)
        return;
    if (!pooled->is_keeper || !has_borrowed(call->session, pooled)) {
        if (pooled->is_lent)
            route_give(call, call->rv == CKR_OK ? POOL_CLEAN : POOL_DIRTY);
        return;
    }
    if (is_lost)
        pool_give(pooled, call->session, POOL_LOST);
    else
        pool_give_keeper(pooled);
    call->pooled = NULL;
}

bool
login_was_gone(const struct call *call)
{
    return call->pooled == NULL &&
           outcome_of_call(call) == OUTCOME_SESSION_LOST;
}
