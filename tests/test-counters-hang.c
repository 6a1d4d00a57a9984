/* SPDX-License-Identifier: BSD-3-Clause */
/* What is shown while a call does not come back. */
#include "tests/counters-fixture.h"
#include "tests/hang-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>

TestSuite(counters_hang, .init = hang_start_lending, .fini = hang_finish,
          .timeout = 60);

Test(counters_hang, shows_that_a_member_hangs)
{
    struct hang_call call;

    cr_expect_eq(counters_look_at_token()->members[0].states[COUNTER_STATE_UP],
                 1);
    hang_begin_call(&call, HANG_RANDOM, hang_session);
    hang_until_caught();
    cr_expect_eq(
        counters_look_at_token()->members[0].states[COUNTER_STATE_HANGING], 1);
    cr_expect_eq(counters_look()->tokens[1].members[0].states[COUNTER_STATE_UP],
                 1, "the other token");
    toy_release();
    (void)hang_end_call(&call);
}

TestSuite(counters_slow, .fini = hang_finish, .timeout = 60);

Test(counters_slow, shows_that_a_member_is_slow)
{
    static const struct hang_setting group = { .may_create_threads = true,
                                               .is_group = true };
    struct hang_call call;

    hang_start(&group);
    hang_begin_call(&call, HANG_RANDOM, hang_session);
    hang_pass(3);
    cr_expect_eq(
        counters_look_at_token()->members[0].states[COUNTER_STATE_SLOW], 1);
    cr_expect_eq(counters_look_at_token()->members[1].states[COUNTER_STATE_UP],
                 1);
    toy_release();
    (void)hang_end_call(&call);
    hang_pass(1);
    cr_expect_eq(counters_look_at_token()->members[0].states[COUNTER_STATE_UP],
                 1);
}

static uint64_t
last_drawn_us(void)
{
    struct gathering gathering;
    uint64_t drawn_us;

    gathering_read(instance_get()->config, &gathering);
    cr_assert_eq(gathering.n_processes, 1);
    drawn_us = gathering.processes[0].picture->drawn_us;
    gathering_clear(&gathering);
    return drawn_us;
}

/* The thread that shows it most of the time is inside itself. */
Test(counters_hang, goes_on_while_the_pools_thread_hangs)
{
    CK_BYTE byte;
    uint64_t before;

    cr_assert_eq(C_GenerateRandom(hang_session, &byte, 1), CKR_OK);
    (void)counters_look();
    toy_hold(TOY_ANY, FUNCTION_C_CloseSession);
    hang_pass(700);
    toy_wait_for_held();
    before = last_drawn_us();
    while (last_drawn_us() <= before)
        hang_pass(1);
    toy_release();
}
