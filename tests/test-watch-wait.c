/* SPDX-License-Identifier: BSD-3-Clause */
/* The places where a thread waits while another one's call does not come back
 * (call_timeout): each is left at once, with threads of p11mux's own and where
 * they are forbidden and those that wait do the looking. */
#include "tests/hang-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct hang_call caught, other;
static CK_SESSION_HANDLE second;

static void
start(struct hang_setting setting)
{
    hang_start(&setting);
    second = router_session(1);
    other.key = pool_find_key(hang_session, 1);
}

static void
finish(void)
{
    toy_release();
    (void)C_Finalize(NULL);
}

/* Whether p11mux may make threads. */
static int both_ways[] = { true, false };

#define BOTH_WAYS(name)                                                        \
    ParameterizedTestParameters(watch_wait, name)                              \
    {                                                                          \
        return cr_make_param_array(int, both_ways, 2);                         \
    }                                                                          \
    ParameterizedTest(int *may_create_threads, watch_wait, name,               \
                      .fini = finish, .timeout = 60)

static CK_RV
seed(CK_SESSION_HANDLE which)
{
    CK_BYTE byte = 1;

    return C_SeedRandom(which, &byte, 1);
}

/* The call comes back, and everything goes on. */
static void
let_come_back(void)
{
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(seed(hang_session), CKR_OK);
    cr_assert_eq(seed(second), CKR_OK);
}

BOTH_WAYS(in_the_same_session)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads });
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SEED, hang_session);
    hang_until_session_is_waited_for(hang_session);
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    cr_assert_eq(seed(second), CKR_DEVICE_REMOVED);
    let_come_back();
}

BOTH_WAYS(in_the_queue_for_a_backend_session)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .size = 1 });
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
}

/* It reads what its key is before it is made itself. */
BOTH_WAYS(at_the_door_for_something_else_than_its_call)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    cr_assert_eq(seed(second), CKR_OK);
    object_space_unidentify(router_token(1)->objects, other.key);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
}

BOTH_WAYS(at_the_door_of_a_serialised_module)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SEED, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
}

/* All of its tokens are behind the same door. */
BOTH_WAYS(for_another_token_of_a_serialised_module)
{
    CK_SESSION_HANDLE elsewhere;

    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    elsewhere = router_session(2);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SEED, elsewhere);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    cr_assert_eq(seed(elsewhere), CKR_DEVICE_REMOVED);
    let_come_back();
    cr_assert_eq(seed(elsewhere), CKR_OK);
}

BOTH_WAYS(for_the_turn_to_log_in)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads });
    hang_begin_call(&caught, HANG_LOGIN, hang_session);
    hang_begin_call(&other, HANG_LOGIN_TOO, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
    cr_assert_eq(hang_login(second), CKR_USER_ALREADY_LOGGED_IN);
}

BOTH_WAYS(for_the_first_session_of_a_token)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads });
    hang_begin_call(&caught, HANG_OPEN, 2);
    hang_begin_call(&other, HANG_OPEN_TOO, 2);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
    cr_assert_eq(seed(router_session(2)), CKR_OK);
}

/* The keeper is gone, and one thread opens it anew. */
BOTH_WAYS(for_the_keeper)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads });
    hang_lose_keeper();
    hang_begin_call(&caught, HANG_OPEN, 1);
    hang_begin_call(&other, HANG_OPEN_TOO, 1);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    let_come_back();
}

/* -- What is no hang ---------------------------------------------------------
 */

/* Ten minutes in the queue are the application's own doing. */
Test(watch_wait, for_a_backend_session_is_no_hang, .fini = finish,
     .timeout = 60)
{
    struct toy_result result;

    start((struct hang_setting){ .may_create_threads = true, .size = 1 });
    cr_assert_eq(router_sign_init(hang_session, other.key), CKR_OK);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_pass(9 * 60);
    cr_assert_eq(router_sign(hang_session, "text", &result), CKR_OK);
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
}

Test(watch_wait, is_endless_where_the_module_may_take_as_long_as_it_likes,
     .fini = finish, .timeout = 60)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .call_timeout_ms = NO_TIME });
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    pool_clock_move(3600 * 1000);
    cr_assert_eq(seed(second), CKR_OK);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
}

/* -- The end ---------------------------------------------------------------
 */

static void *
finalize_in_thread(void *rv)
{
    *(CK_RV *)rv = C_Finalize(NULL);
    return NULL;
}

/* Both keys are gone, as after a logout elsewhere; one call asks whether the
 * member is there, and the other waits for what comes of that. */
Test(watch_wait, who_waits_for_a_probe_at_the_end_is_not_told_of_a_loss)
{
    struct hang_setting setting = { .mode = POOL_OPERATION, .size = 4 };
    struct hang_call asks, waits;
    struct member_view view;
    pthread_t thread;
    CK_RV rv;

    hang_start(&setting);
    asks.key = pool_find_key(hang_session, 1);
    waits.key = pool_find_key(hang_session, 2);
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_KEY_HANDLE_INVALID, 2);
    hang_begin_call(&asks, HANG_PROBE, hang_session);
    hang_begin_call(&waits, HANG_SIGN, router_session(1));
    hang_until_waited_for();
    cr_assert_eq(pthread_create(&thread, NULL, finalize_in_thread, &rv), 0);
    cr_expect_eq(hang_end_call(&waits), CKR_KEY_HANDLE_INVALID);
    member_view(&router_token(1)->members[0], &view);
    cr_expect_eq(view.losses, 0);
    toy_release();
    (void)hang_end_call(&asks);
    pthread_join(thread, NULL);
    cr_expect_eq(rv, CKR_OK);
}
