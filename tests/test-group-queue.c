/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that wait for a backend session of a member which is lost meanwhile. */
#include "tests/pool-call.h"

#include <criterion/criterion.h>

static struct config_pool settings;

static void
setup(void)
{
    struct config *config = router_config();

    pool_clock_begin();
    settings = pool_settings(1);
    toy_show(1, "B");
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(1, CKO_PRIVATE_KEY, 8);
    toy_add_key(1, CKO_PRIVATE_KEY, 7);
    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = settings;
    router_start(config);
}

static void
teardown(void)
{
    C_Finalize(NULL);
}

TestSuite(group_queue, .init = setup, .fini = teardown, .timeout = 60);

Test(group_queue, is_left_for_another_member)
{
    CK_SESSION_HANDLE session = router_session(1);
    struct pool_call waits = { .session = router_session(1), .number = 7 };
    struct toy_result result;

    waits.key = pool_find_key(session, 7);
    cr_assert_eq(router_sign_init(session, waits.key), CKR_OK);
    pool_call_begin_waiting(&waits, 1);
    member_fail(&router_token(1)->members[0], NULL, CKR_DEVICE_REMOVED);
    cr_expect_eq(pool_call_end(&waits), CKR_OK);
    cr_expect(waits.is_right);
    cr_expect_eq(toy_last(FUNCTION_C_Sign).slot, TOY_SLOT(1));
    /* What went on meanwhile goes there too. */
    cr_expect_eq(router_sign(session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}
