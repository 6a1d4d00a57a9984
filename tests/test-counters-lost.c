/* SPDX-License-Identifier: BSD-3-Clause */
/* What is shown of a member whose device goes away and comes back. */
#include "tests/counters-fixture.h"
#include "tests/reconnect-fixture.h"

#include <criterion/criterion.h>

static void
setup(void)
{
    reconnect_start(POOL_OPERATION);
}

static void
finish(void)
{
    (void)C_Finalize(NULL);
}

TestSuite(counters_lost, .init = setup, .fini = finish, .timeout = 60);

static const struct total_member *
look(void)
{
    return &counters_look_at_token()->members[0];
}

Test(counters_lost, show_that_it_is_down_and_how_often_it_came_back)
{
    uint64_t errors, lost_at;

    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_expect_eq(look()->states[COUNTER_STATE_UP], 1);
    cr_expect_eq(look()->sums.events[COUNTER_RECONNECTS], 0);
    cr_expect_eq(look()->sums.levels[COUNTER_LEVEL_CHANGED_US], 0);
    reconnect_lose();
    cr_assert_neq(reconnect_sign(), CKR_OK);
    lost_at = look()->sums.levels[COUNTER_LEVEL_CHANGED_US];
    cr_expect_gt(lost_at, 0);
    cr_expect_eq(look()->states[COUNTER_STATE_UP], 0);
    errors = total_errors(look());
    cr_expect_gt(errors, 0);
    reconnect_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_expect_eq(look()->states[COUNTER_STATE_UP], 1);
    cr_expect_eq(look()->sums.events[COUNTER_RECONNECTS], 1);
    cr_expect_gt(look()->sums.levels[COUNTER_LEVEL_CHANGED_US], lost_at);
    cr_expect_gt(look()->sums.closes[COUNTER_CLOSE_LOST], 0);
}
