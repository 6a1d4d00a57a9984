/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures begun in threads of their own. */
#include "tests/pool-call.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic(unsigned) n_turns;

static void *
sign(void *argument)
{
    static const char text[] = "text";
    struct pool_call *call = argument;
    struct toy_result result = { 0 };

    waiting_count_me();
    call->rv = router_sign_init(call->session, call->key);
    call->turn = atomic_fetch_add(&n_turns, 1) + 1;
    if (call->rv == CKR_OK)
        call->rv = router_sign(call->session, text, &result);
    call->is_right = call->rv == CKR_OK &&
                     pool_is_result(&result, call->number, text, strlen(text));
    waiting_forget_me();
    return NULL;
}

void
pool_call_begin(struct pool_call *call)
{
    if (pthread_create(&call->thread, NULL, sign, call) != 0)
        fixture_fail("no thread");
}

void
pool_call_begin_waiting(struct pool_call *call, unsigned n_waiting)
{
    pool_call_begin(call);
    waiting_until(n_waiting);
}

CK_RV
pool_call_end(struct pool_call *call)
{
    (void)pthread_join(call->thread, NULL);
    return call->rv;
}
