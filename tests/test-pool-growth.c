/* SPDX-License-Identifier: BSD-3-Clause */
/* How long opening one more backend session is put off. */
#include "tests/pool-call.h"

#include <criterion/criterion.h>

enum { SLOW_MS = 20000, LONGEST_MS = 100 };

static struct pool_call call;

/* A device that takes its time for the first session. */
static bool
open_slowly(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_OpenSession)
        router_clock_move(SLOW_MS);
    return false;
}

static CK_SESSION_HANDLE
start(void)
{
    struct config_pool settings = pool_settings(2);
    struct config *config = pool_config(&settings);

    router_clock_stop();
    pool_add_keys(2);
    router_start(config);
    call.number = 2;
    call.session = pool_session(CKF_RW_SESSION);
    return pool_session(CKF_RW_SESSION);
}

TestSuite(pool_growth, .fini = pool_finish, .timeout = 20);

Test(pool_growth, is_put_off_a_moment_at_most_whatever_opening_took)
{
    CK_SESSION_HANDLE holder;
    CK_OBJECT_HANDLE key;

    holder = start();
    toy_set_hook(open_slowly);
    key = pool_find_key(holder, 1);
    toy_set_hook(NULL);
    call.key = pool_find_key(holder, 2);
    cr_assert_eq(router_sign_init(holder, key), CKR_OK);
    pool_call_begin_waiting(&call, 1);
    router_clock_move(LONGEST_MS);
    cr_assert_eq(pool_call_end(&call), CKR_OK, "0x%lx", call.rv);
    cr_assert(call.is_right);
}
