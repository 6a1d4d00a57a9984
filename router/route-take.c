/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend session of a call: taken on its member, and given back. */
#include "router/facts.h"
#include "router/loss.h"
#include "router/route.h"
#include "router/slot-list.h"
#include "router/token.h"

bool
route_take(struct call *call, struct member *member)
{
    bool may_write = call_facts[call->id].access != ACCESS_READ;
    struct pool_session *bound =
        call->session->active == 0 ? NULL : session_bound(call->session);

    call->member = member;
    /* A session of before a fork, whose token the child has not seen. */
    if (atomic_load(&member->functions) == NULL)
        slot_list_refresh(call->token->list);
    if (atomic_load(&member->functions) == NULL) {
        call->rv = CKR_DEVICE_REMOVED;
        return false;
    }
    if (bound != NULL && bound->member == member) {
        call->pooled = bound;
        return true;
    }
    call->pooled = NULL;
    call->rv = pool_take(member->pool, call->session, may_write, &call->pooled);
    if (__builtin_expect(call->rv != CKR_OK, 0)) {
        loss_translate(call);
        return false;
    }
    /* What was looked at meanwhile may have shown another token. */
    if (__builtin_expect(loss_is_seen(call, member), 0)) {
        route_give(call, POOL_CLEAN);
        (void)loss_has_ended(call);
        return false;
    }
    return true;
}

void
route_give(struct call *call, enum pool_state state)
{
    struct pool_session *pooled = call->pooled;

    if (pooled == NULL || !pooled->is_lent)
        return;
    if (call->session->active != 0 &&
        session_uses(call->session, pooled, NULL)) {
        /* One of a pair ended badly: whatever becomes of the other. */
        if (state != POOL_CLEAN && call->operation != NULL)
            atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
        return;
    }
    pool_give(pooled, call->session, state);
    call->pooled = NULL;
}
