/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call counts on its way. */
#include "router/call-count.h"

#include "common/clock.h"
#include "router/balance.h"
#include "router/outcome.h"
#include "router/token.h"

void
call_count_carry(struct call *call)
{
    unsigned counted = call_facts[call->id].counted;
    struct counts *counts = pool_counts(call->pooled->pool);

    atomic_fetch_add(&counts->calls[counted], TALLY_CARRY);
}

static void
count_error(struct pool_session *pooled, unsigned function, CK_RV rv)
{
    enum outcome outcome =
        outcome_counted(outcome_of(pooled->backend, function, rv));

    if (tally_add(&pooled->tally.errors[outcome]))
        atomic_fetch_add(&pool_counts(pooled->pool)->errors[outcome],
                         TALLY_CARRY);
}

void
call_count_answer(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    if (!call->was_asked || facts->reach == REACH_LOGIN)
        return;
    if (call->pooled == NULL) {
        counts_note_answer(pool_counts(call->member->pool), facts->counted,
                           call->rv);
        return;
    }
    if (tally_add(&call->pooled->tally.calls[facts->counted]))
        call_count_carry(call);
    if (call->rv != CKR_OK)
        count_error(call->pooled, call->id, call->rv);
}

/* On slots, and what ended without a member. */
void
call_count_rest(struct call *call)
{
    if (call->is_single && call->rv == CKR_OK)
        call_count_answer(call);
    if (call->session == NULL || call->was_asked || call->rv == CKR_OK)
        return;
    atomic_store_explicit(&call->session->refused,
                          atomic_load_explicit(&call->session->refused,
                                               memory_order_relaxed) +
                              1,
                          memory_order_relaxed);
}

void
call_count_time(struct call *call)
{
    uint32_t us = (uint32_t)(clock_now() / 1000) - call->began_us;

    if (!call->was_asked || call->member == NULL)
        return;
    counts_note_latency(pool_counts(call->member->pool), call->session->index,
                        call_facts[call->id].counted, us);
    if (call->token->balance != NULL)
        balance_learn(call, us);
}
