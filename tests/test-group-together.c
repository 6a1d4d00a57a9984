/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups whose members are tokens of one module: one that is away takes the
 * other one with it in no way. */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <limits.h>

TestSuite(group_together, .init = group_start, .fini = group_finish,
          .timeout = 60);

static CK_SLOT_ID
who_signs(void)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    return result.slot;
}

/* Some modules list no slot while one of their devices does not answer. */
static void
lose_first(void)
{
    toys[0].has_token = false;
    toy_fail(TOY_SLOT(0), FUNCTION_C_GetSlotList, CKR_DEVICE_ERROR, UINT_MAX);
    router_look();
}

Test(group_together, one_is_there_though_their_module_lists_no_slot)
{
    lose_first();
    cr_expect_not(group_is_usable(0));
    cr_expect(group_is_usable(1));
    cr_expect_eq(who_signs(), TOY_SLOT(1));
    /* Each time, not once. */
    router_look();
    cr_expect(group_is_usable(1));
    cr_expect_eq(who_signs(), TOY_SLOT(1));
}

Test(group_together, one_comes_back_though_their_module_lists_no_slot)
{
    lose_first();
    router_return(0);
    group_heal(0);
    cr_expect(group_is_usable(0));
    cr_expect_eq(who_signs(), TOY_SLOT(0));
}

Test(group_together, both_are_gone_when_neither_slot_is_one)
{
    lose_first();
    router_lose(1);
    cr_expect_not(group_is_usable(0));
    cr_expect_not(group_is_usable(1));
    cr_expect_eq(router_sign_init(group_session, group_key),
                 CKR_DEVICE_REMOVED);
}

/* Nothing of it can be asked. */
Test(group_together, both_are_gone_with_their_module)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_GetSlotList, CKR_CRYPTOKI_NOT_INITIALIZED,
             1);
    router_look();
    cr_expect_not(group_is_usable(0));
    cr_expect_not(group_is_usable(1));
}
