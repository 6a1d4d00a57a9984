/* SPDX-License-Identifier: BSD-3-Clause */
/* What time does to backend sessions: idle ones are closed, old ones
 * replaced, those of which it is not certain asked; the keeper stays. */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, PATIENCE = 20 };

static CK_SESSION_HANDLE first, others[4];
static CK_OBJECT_HANDLE key;

/* Without threads of p11mux's own the application's calls look after the
 * pool. */
static void
start(const struct config_pool *settings, bool may_create_threads)
{
    struct config *config = pool_config(settings);
    struct error error = { .rv = CKR_OK };

    pool_clock_begin();
    pool_add_keys(2);
    if (router_try_start(config, may_create_threads, &error) != CKR_OK)
        fixture_fail("%s", error.text);
    first = pool_session(CKF_RW_SESSION);
    key = pool_find_key(first, 1);
    if (C_Login(first, CKU_USER, NULL, 0) != CKR_OK)
        fixture_fail("no login");
    for (size_t i = 0; i < 4; i++)
        others[i] = pool_session(CKF_RW_SESSION);
}

static void
setup(void)
{
    struct config_pool settings = pool_settings(4);

    start(&settings, false);
}

TestSuite(pool_time, .init = setup, .fini = pool_finish, .timeout = 20);

static void
sign(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
}

/* Four operations at once, so that four backend sessions are open. */
static void
open_four(void)
{
    struct toy_result result;

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(router_sign_init(others[i], key), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 5, "four and the keeper");
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(router_sign(others[i], "text", &result), CKR_OK);
}

/* A session is opened, as applications do, and the first one used: after
 * that, whatever had to be done has been. */
static void
pass(uint64_t milliseconds)
{
    pool_clock_move(milliseconds);
    cr_assert_eq(C_CloseSession(pool_session(0)), CKR_OK);
    sign(first);
}

/* Time passes in which sessions are opened and not used. */
static void
idle(uint64_t milliseconds)
{
    for (uint64_t passed = 0; passed < milliseconds; passed += 5 * SECOND) {
        pool_clock_move(5 * SECOND);
        cr_assert_eq(C_CloseSession(pool_session(0)), CKR_OK);
    }
}

static unsigned long
count_closed(void)
{
    return toy_count(TOY_ANY, FUNCTION_C_CloseSession);
}

Test(pool_time, an_hour_of_idleness_leaves_the_keeper_and_the_login)
{
    open_four();
    for (int i = 0; i < 6; i++)
        pass(HOUR / 6);
    cr_assert_leq(toy_count_sessions(0), 2, "%zu are open",
                  toy_count_sessions(0));
    cr_assert_eq(toys[0].user, CKU_USER, "the login is kept");
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1, "once and for all");
    for (size_t i = 0; i < 4; i++)
        sign(others[i]);
    open_four();
}

Test(pool_time, what_is_in_use_is_not_idle)
{
    open_four();
    for (int minute = 0; minute < 55; minute++)
        pass(MINUTE);
    cr_assert_eq(toy_count_sessions(0), 2, "the one that was used, the keeper");
    cr_assert_eq(count_closed(), 3);
}

Test(pool_time, an_operation_may_take_an_hour)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(others[0], key), CKR_OK);
    for (int i = 0; i < 4; i++)
        pass(HOUR / 2);
    cr_assert_eq(router_sign(others[0], "text", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
}

/* Lives of a hour, give or take a tenth, so that not all end together. */
Test(pool_time, each_is_replaced_after_its_lifetime)
{
    CK_SESSION_HANDLE its;

    sign(first);
    its = pool_used(FUNCTION_C_Sign);
    for (int minute = 0; minute < 53; minute++)
        pass(MINUTE);
    cr_assert_eq(pool_used(FUNCTION_C_Sign), its, "too early");
    for (int minute = 53; minute < 68; minute++)
        pass(MINUTE);
    cr_assert_neq(pool_used(FUNCTION_C_Sign), its, "too late");
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_leq(toy_count_sessions(0), 2);
}

Test(pool_time, one_that_was_idle_for_long_is_asked_before_it_is_used)
{
    unsigned long before;
    CK_SESSION_HANDLE its;

    sign(first);
    its = pool_used(FUNCTION_C_Sign);
    before = toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo);
    idle(20 * SECOND);
    sign(first);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo), before,
                 "not after twenty seconds");
    idle(2 * MINUTE);
    sign(first);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo), before + 1);
    cr_assert_eq(pool_used(FUNCTION_C_GetSessionInfo), its);
    cr_assert_eq(pool_used(FUNCTION_C_Sign), its);
}

Test(pool_time, one_that_is_found_dead_is_nobodys_trouble)
{
    CK_SESSION_HANDLE its;

    sign(first);
    its = pool_used(FUNCTION_C_Sign);
    toy_fail(TOY_ANY, FUNCTION_C_GetSessionInfo, CKR_SESSION_HANDLE_INVALID, 1);
    idle(2 * MINUTE);
    sign(first);
    cr_assert_neq(pool_used(FUNCTION_C_Sign), its);
    cr_assert_eq(toys[0].user, CKU_USER);
}

/* R3.27: or its objects would go with it. */
Test(pool_time, one_with_session_objects_is_not_closed)
{
    CK_BYTE label[] = "label", read[sizeof(label)];
    CK_ATTRIBUTE template = { CKA_LABEL, label, sizeof(label) };
    CK_ATTRIBUTE wanted = { CKA_LABEL, read, sizeof(read) };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(others[0], &template, 1, &object), CKR_OK);
    for (int i = 0; i < 6; i++)
        pass(HOUR);
    cr_assert_eq(C_GetAttributeValue(others[1], object, &wanted, 1), CKR_OK);
    cr_assert_arr_eq(read, label, sizeof(label));
    cr_assert_eq(C_DestroyObject(others[0], object), CKR_OK);
    for (int i = 0; i < 6; i++)
        pass(HOUR);
    cr_assert_leq(toy_count_sessions(0), 2, "now it may go");
}

/* -- Its own thread ----------------------------------------------------------
 */

static void
setup_with_thread(void)
{
    struct config_pool settings = pool_settings(4);

    start(&settings, true);
}

TestSuite(pool_time_thread, .init = setup_with_thread, .fini = pool_finish,
          .timeout = 20);

/* The clock runs on meanwhile. */
static void
wait_for_sessions(size_t n)
{
    time_t since = time(NULL);

    while (toy_count_sessions(0) != n && time(NULL) - since < PATIENCE) {
        pool_clock_move(SECOND);
        sched_yield();
    }
    cr_assert_eq(toy_count_sessions(0), n, "%zu are open",
                 toy_count_sessions(0));
}

Test(pool_time_thread, closes_what_is_idle_while_the_application_sleeps)
{
    open_four();
    pool_clock_move(HOUR);
    wait_for_sessions(1);
    cr_assert_eq(toys[0].user, CKU_USER);
    for (size_t i = 0; i < 4; i++)
        sign(others[i]);
}

Test(pool_time_thread, is_gone_with_the_end)
{
    open_four();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
    pool_clock_move(HOUR);
    setup_with_thread();
    sign(first);
}
