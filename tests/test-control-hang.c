/* SPDX-License-Identifier: BSD-3-Clause */
/* A command of the operator's tool while a call does not come back. */
#include "router/control.h"
#include "tests/hang-fixture.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <sched.h>

TestSuite(control_door, .fini = hang_finish, .timeout = 60);
TestSuite(control_hang, .init = hang_start_lending, .fini = hang_finish,
          .timeout = 60);

/* Else calls would wait for what nobody can bring to its end. */
Test(control_hang, a_reconnect_does_not_pause_the_token)
{
    struct hang_call call;
    uint64_t number;
    size_t running;

    hang_begin_call(&call, HANG_RANDOM, hang_session);
    hang_until_caught();
    number = paused_command(CONTROL_RECONNECT, "one");
    cr_expect_not(atomic_load(&router_token(1)->is_paused));
    cr_expect_eq(paused_note(number, &running).seen, number);
    toy_release();
    (void)hang_end_call(&call);
}

static void *
pause_in_thread(void *number)
{
    *(uint64_t *)number = paused_command(CONTROL_PAUSE, "one");
    return NULL;
}

/* Another thread of p11mux's may be about to close the last one. */
static void
wait_for_rest(uint64_t number)
{
    size_t running;

    do {
        (void)sched_yield();
        control_look_now();
        (void)paused_note(number, &running);
    } while (running > 0);
}

/* What the token's objects are is read before it is at rest. */
Test(control_door, is_left_by_who_brings_another_token_to_rest)
{
    struct hang_setting setting = { .may_create_threads = true,
                                    .is_serialised = true,
                                    .mode = POOL_OPERATION,
                                    .size = 2 };
    struct hang_call call;
    struct toy_result result;
    CK_SESSION_INFO info;
    CK_OBJECT_HANDLE key;
    pthread_t thread;
    uint64_t number;
    size_t running;

    hang_start(&setting);
    key = pool_find_key(hang_session, 1);
    object_space_unidentify(router_token(1)->objects, key);
    hang_begin_call(&call, HANG_RANDOM, router_session(2));
    cr_assert_eq(pthread_create(&thread, NULL, pause_in_thread, &number), 0);
    hang_until_caught();
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(paused_note(number, &running).seen, number);
    cr_expect_gt(running, 0);
    toy_release();
    cr_expect_eq(hang_end_call(&call), CKR_OK);
    cr_expect_eq(C_GetSessionInfo(hang_session, &info), CKR_OK);
    wait_for_rest(number);
    cr_expect_eq(toy_count_sessions(0), 0);
    toys[0].shift += 1000;
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect_eq(router_sign_init(hang_session, key), CKR_OK);
    cr_expect_eq(router_sign(hang_session, "text", &result), CKR_OK);
    cr_expect(pool_is_result(&result, 1, "text", 4));
}

/* What could not be closed while it hung is closed as soon as it can be, and
 * counts so long. */
Test(control_door, leaves_nothing_open_on_a_member_that_has_hung)
{
    struct hang_setting setting = { .may_create_threads = true,
                                    .is_group = true,
                                    .mode = POOL_SESSION,
                                    .size = 4 };
    struct hang_call call;
    CK_SESSION_HANDLE second;
    uint64_t number;
    size_t running;

    hang_start(&setting);
    second = router_session(1);
    cr_assert_neq(pool_find_key(second, 1), 0);
    hang_begin_call(&call, HANG_RANDOM, hang_session);
    hang_until_caught();
    number = paused_command_member(CONTROL_DRAIN, 0);
    (void)paused_note(number, &running);
    cr_expect_gt(running, 0);
    toy_release();
    cr_expect_eq(hang_end_call(&call), CKR_OK);
    wait_for_rest(number);
    cr_expect_eq(toy_count_sessions(0), 0);
}
