/* SPDX-License-Identifier: BSD-3-Clause */
/* A device that is there and has no time or no session to give takes no member
 * down (7.1, class B). */
#include "tests/reconnect-fixture.h"

#include "common/clock.h"

#include <criterion/criterion.h>

static void
finish(void)
{
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(reconnect_busy, .fini = finish, .timeout = 60);

static uint32_t
count_losses(void)
{
    struct member_view view;

    member_view(reconnect_member(), &view);
    return view.losses;
}

/* -- Too many requests a second ----------------------------------------------
 */

enum { LOOK_MS = 50, THROTTLE_MS = 1000 };

static _Atomic(uint64_t) hurried = UINT64_C(1000000000000);

/* Waiting takes twenty looks a second. */
static uint64_t
read_hurried(void)
{
    return atomic_fetch_add(&hurried, LOOK_MS * UINT64_C(1000000));
}

/* As a CloudHSM says it (SEMANTICS 12). */
static void
start_throttled(void)
{
    struct config *config = reconnect_config(POOL_OPERATION);

    profile_resolve("cloudhsm", NULL, NULL, NULL, NULL, &router_profile);
    reconnect_start_with(config);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    clock_set_source(read_hurried);
    toy_forget_calls();
}

static uint64_t
waited_ms(uint64_t since)
{
    return (atomic_load(&hurried) - since) / 1000000;
}

Test(reconnect_busy, what_was_throttled_is_asked_again_later)
{
    uint64_t since = atomic_load(&hurried);

    start_throttled();
    toy_fail(TOY_ANY, FUNCTION_C_Sign, CKR_FUNCTION_FAILED, 2);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Sign), 3);
    cr_assert_geq(waited_ms(since), 2 * THROTTLE_MS);
    cr_assert_eq(reconnect_state(), MEMBER_UP);
    cr_assert_eq(count_losses(), 0);
}

/* CKR_DEVICE_ERROR is that of this function alone. */
Test(reconnect_busy, of_each_function_by_its_own_code)
{
    CK_OBJECT_CLASS object_class = 0;
    CK_ATTRIBUTE attribute = { CKA_CLASS, &object_class, sizeof(object_class) };

    start_throttled();
    toy_fail(TOY_ANY, FUNCTION_C_GetAttributeValue, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_GetAttributeValue(reconnect_session, reconnect_key,
                                     &attribute, 1),
                 CKR_OK);
    cr_assert_eq(object_class, CKO_PRIVATE_KEY);
    cr_assert_eq(count_losses(), 0);
}

Test(reconnect_busy, a_device_that_stays_throttled_is_not_lost)
{
    start_throttled();
    toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_FUNCTION_FAILED, 100);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(reconnect_sign(), CKR_FUNCTION_FAILED);
    cr_assert_leq(toy_count(TOY_ANY, FUNCTION_C_Sign), 3 * 4);
    cr_assert_eq(reconnect_state(), MEMBER_UP);
    cr_assert_eq(count_losses(), 0);
    toy_reset_rules();
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

/* -- Fewer sessions than before ----------------------------------------------
 */

enum { N_SESSIONS = 4 };

static CK_SESSION_HANDLE sessions[N_SESSIONS];

/* Nobody waits: there is one thread. */
static void
start_sessions(void)
{
    struct config *config = reconnect_config(POOL_OPERATION);

    config->tokens[0].pool.wait_ms = 0;
    reconnect_start_with(config);
    for (int i = 0; i < N_SESSIONS; i++) {
        sessions[i] = router_session(1);
        cr_assert_eq(router_sign_init(sessions[i], reconnect_key), CKR_OK);
    }
    cr_assert_eq(toy_count_sessions(0), N_SESSIONS + 1, "and the keeper");
}

static void
end_signatures(void)
{
    struct toy_result result;

    for (int i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(router_sign(sessions[i], "text", &result), CKR_OK);
}

/* Whoever has one keeps it, and what is closed is not opened again. */
Test(reconnect_busy, a_limit_that_is_lowered_disturbs_nobody)
{
    start_sessions();
    toys[0].most_sessions = 2;
    end_signatures();
    for (int i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(reconnect_sign_in(sessions[i]), CKR_OK);
    cr_assert_eq(count_losses(), 0);
}

/* The device has ended the others' sessions, and gives fewer now. */
Test(reconnect_busy, with_one_session_left_they_take_turns)
{
    struct toy_result result;

    start_sessions();
    end_signatures();
    toys[0].most_sessions = 2;
    reconnect_reboot();
    for (int i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(reconnect_sign_in(sessions[i]), CKR_OK, "session %d", i);
    cr_assert_leq(toy_count_sessions(0), 2);
    cr_assert_eq(router_sign_init(sessions[0], reconnect_key), CKR_OK);
    cr_assert_eq(reconnect_sign_in(sessions[1]), CKR_FUNCTION_FAILED, "R1.26");
    cr_assert_eq(router_sign(sessions[0], "text", &result), CKR_OK);
    cr_assert_eq(reconnect_sign_in(sessions[1]), CKR_OK);
    cr_assert_eq(reconnect_state(), MEMBER_UP);
    cr_assert_eq(count_losses(), 0);
}

Test(reconnect_busy, a_limit_that_is_raised_again_is_used)
{
    start_sessions();
    end_signatures();
    toys[0].most_sessions = 2;
    reconnect_reboot();
    cr_assert_eq(reconnect_sign_in(sessions[0]), CKR_OK);
    toys[0].most_sessions = 0;
    router_clock_move(60 * 1000);
    for (int i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(router_sign_init(sessions[i], reconnect_key), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), N_SESSIONS + 1);
    end_signatures();
}
