/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that are down, of which one does not come back from its module when
 * it is tried. */
#include "router/mender.h"
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>

enum { A, B };

TestSuite(mender, .init = group_start, .fini = group_finish, .timeout = 30);

static struct member *
member(unsigned index)
{
    return &router_token(1)->members[index];
}

static void
lose(unsigned index)
{
    member_fail(member(index), NULL, CKR_DEVICE_REMOVED);
    cr_assert(member_hasten(member(index)));
    mender_wake();
}

static void
wait_for(unsigned index)
{
    while (!member_is_usable(member(index))) {
        if (member_hasten(member(index)))
            mender_wake();
        (void)sched_yield();
    }
}

/* R7.3. */
Test(mender, brings_back_who_is_well_while_another_one_is_tried)
{
    struct toy_result result = { .slot = 0 };

    toy_hold(TOY_SLOT(0), FUNCTION_C_OpenSession);
    lose(A);
    toy_wait_for_held();
    for (unsigned i = 0; i < 2; i++) {
        lose(B);
        wait_for(B);
    }
    cr_expect_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_expect_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_not(member_is_usable(member(A)));
    toy_release();
    wait_for(A);
}

/* -- Those that are up -------------------------------------------------------
 */

static void
start_with_clock(void)
{
    router_clock_stop();
    group_start();
}

TestSuite(mender_look, .init = start_with_clock, .fini = group_finish,
          .timeout = 30);

/* And the mender sees it. */
static void
move_clock(void)
{
    router_clock_move(500);
    mender_wake();
    (void)sched_yield();
}

/* The time goes by, and A is asked all the while. */
static void
sign_and_wait(void)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(0));
    move_clock();
}

/* Nobody wakes it but the token's first session. */
Test(mender, knows_when_to_ask_from_the_first_session_on)
{
    while (__atomic_load_n(&member(B)->trial.next_look, __ATOMIC_RELAXED) == 0)
        (void)sched_yield();
}

/* Class P: what it says once may have nothing to do with it. */
Test(mender_look, asks_twice)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_GenerateRandom, CKR_GENERAL_ERROR, 1);
    while (toy_count(TOY_SLOT(1), FUNCTION_C_GenerateRandom) < 3)
        sign_and_wait();
    cr_expect(member_is_usable(member(B)));
    cr_expect_eq(atomic_load(&member(B)->health.losses), 0);
}

/* DESIGN 4: its loss is found before a call needs it. */
Test(mender_look, finds_out_that_one_is_lost_whom_nobody_asks)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_GenerateRandom, CKR_DEVICE_ERROR, 1000);
    while (member_is_usable(member(B)))
        sign_and_wait();
    toy_reset_rules();
    wait_for(B);
    cr_expect(member_is_usable(member(A)));
}

Test(mender_look, asks_nobody_whom_others_ask)
{
    while (toy_count(TOY_SLOT(1), FUNCTION_C_GenerateRandom) < 3)
        sign_and_wait();
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_GenerateRandom), 0);
}

/* Where it does not come back calls go on, and it is not asked once more. */
Test(mender_look, is_not_held_up_by_one_that_hangs)
{
    toy_hold(TOY_SLOT(1), FUNCTION_C_GenerateRandom);
    while (toy_count(TOY_SLOT(1), FUNCTION_C_GenerateRandom) == 0)
        sign_and_wait();
    for (unsigned i = 0; i < 20; i++)
        sign_and_wait();
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_GenerateRandom), 1);
    lose(A);
    wait_for(A);
    toy_release();
}

/* The mender has seen that it is, and what it had begun before is over. */
static void
wait_until_unused(unsigned index)
{
    struct member_trial *trial = &member(index)->trial;

    while (__atomic_load_n(&trial->next_look, __ATOMIC_RELAXED) != 0 ||
           member_trial_goes_on(member(index)))
        move_clock();
}

Test(mender_look, asks_nobody_while_the_token_is_not_used)
{
    while (toy_count(TOY_SLOT(1), FUNCTION_C_GenerateRandom) == 0)
        sign_and_wait();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    for (unsigned i = 0; i < 2; i++)
        wait_until_unused(i);
    toy_forget_calls();
    for (unsigned i = 0; i < 20; i++)
        move_clock();
    for (unsigned i = 0; i < 2; i++)
        cr_expect_eq(toy_count(TOY_SLOT(i), FUNCTION_C_GenerateRandom), 0);
}
