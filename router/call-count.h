/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call counts on its way: what members answer, and what was refused
 * before one was asked. */
#ifndef ROUTER_CALL_COUNT_H
#define ROUTER_CALL_COUNT_H

#include "router/facts.h"
#include "router/pool.h"
#include "router/session.h"

/* What a member has just answered, while its backend session is the call's. A
 * login is counted where it is asked for. */
void call_count_answer(struct call *call);

/* The rarer parts of call_count_end. */
void call_count_carry(struct call *call);
void call_count_rest(struct call *call);
void call_count_time(struct call *call);

/* At the call's end, before anything is settled: an answer that ended it at
 * once, which nobody has counted yet. */
static inline void
call_count_end(struct call *call, const struct call_facts *facts)
{
    if (__builtin_expect(call->is_single & (call->rv == CKR_OK), 1) &&
        call->pooled != NULL) {
        if (call->was_asked &&
            __builtin_expect(tally_add(
                                 &call->pooled->tally.calls[facts->counted]),
                             0))
            call_count_carry(call);
    } else {
        call_count_rest(call);
    }
    if (__builtin_expect(call->is_timed, 0))
        call_count_time(call);
}

#endif
