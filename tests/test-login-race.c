/* SPDX-License-Identifier: BSD-3-Clause */
/* Logins and logouts while other threads are inside the module: what comes out
 * of it late changes nothing any more (R3.15, R7.13). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { MOST_THREADS = 4 };

static const CK_USER_TYPE nobody = (CK_USER_TYPE)-1;

static CK_SESSION_HANDLE session, others[MOST_THREADS];
static CK_OBJECT_HANDLE key;
static CK_UTF8CHAR pin[] = "1234";

static void
start(enum config_scope scope)
{
    struct config *config = router_config();

    router_profile.settings.login_scope = scope;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    router_pool(1, &config_pool_default);
    toys[0].scopes_logins = scope == SCOPED_SESSION;
    toys[0].pin = "1234";
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    for (size_t i = 0; i < MOST_THREADS; i++)
        others[i] = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
}

static void
setup(void)
{
    start(SCOPED_APP);
}

static void
setup_scoped(void)
{
    start(SCOPED_SESSION);
}

static void
finish(void)
{
    toy_release();
    C_CloseAllSessions(1);
    cr_assert_eq(toy_count_sessions(0), 0);
    C_Finalize(NULL);
}

TestSuite(login_race, .init = setup, .fini = finish, .timeout = 60);
TestSuite(login_race_scoped, .init = setup_scoped, .fini = finish,
          .timeout = 60);

static pthread_t
begin(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, run, argument), 0);
    return thread;
}

static CK_RV
end(pthread_t thread)
{
    void *rv;

    cr_assert_eq(pthread_join(thread, &rv), 0);
    return (CK_RV)(uintptr_t)rv;
}

static void *
init_there(void *its)
{
    return (void *)(uintptr_t)router_sign_init(*(CK_SESSION_HANDLE *)its, key);
}

static void *
log_out_there(void *its)
{
    return (void *)(uintptr_t)C_Logout(*(CK_SESSION_HANDLE *)its);
}

static void *
get_random_there(void *its)
{
    CK_BYTE byte;

    return (void *)(uintptr_t)C_GenerateRandom(*(CK_SESSION_HANDLE *)its, &byte,
                                               1);
}

/* Lets others go as far as they come, for as long as it takes them. */
static void
let_others_run(enum function function, unsigned long count)
{
    for (int i = 0; i < 2000 && toy_count(TOY_ANY, function) < count; i++)
        sched_yield();
}

/* The token would sign: it looks at who is logged in when it begins. */
Test(login_race, what_begins_during_a_logout_ends_with_it)
{
    struct toy_result result;
    pthread_t thread;

    toy_hold(TOY_ANY, FUNCTION_C_SignInit);
    thread = begin(init_there, &session);
    toy_wait_for_held();
    cr_assert_eq(C_Logout(others[0]), CKR_OK);
    toy_release();
    cr_assert_eq(end(thread), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(0), 0);
}

static void *
search_there(void *its)
{
    return (void *)(uintptr_t)C_FindObjectsInit(*(CK_SESSION_HANDLE *)its, NULL,
                                                0);
}

Test(login_race, what_was_found_during_a_logout_is_not_shown)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG found;
    pthread_t thread;

    toy_hold(TOY_ANY, FUNCTION_C_FindObjects);
    thread = begin(search_there, &session);
    toy_wait_for_held();
    cr_assert_eq(C_Logout(others[0]), CKR_OK);
    toy_release();
    cr_assert_eq(end(thread), CKR_OK);
    cr_assert_eq(C_FindObjects(session, &object, 1, &found),
                 CKR_OPERATION_NOT_INITIALIZED);
}

/* A backend session that finds the login lost, and the application that ends
 * it at the same time. */
Test(login_race, nobody_is_logged_in_again_behind_a_logout)
{
    pthread_t thread, leaver;

    /* The others are not free to be used. */
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    toys[0].user = nobody;
    toy_hold(TOY_ANY, FUNCTION_C_Login);
    thread = begin(get_random_there, &others[0]);
    toy_wait_for_held();
    leaver = begin(log_out_there, &others[1]);
    let_others_run(FUNCTION_C_Logout, 1);
    toy_release();
    cr_assert_eq(end(leaver), CKR_OK);
    (void)end(thread);
    cr_assert_eq(toys[0].user, nobody);
}

/* A token that locks after three wrong PINs must not be given one by each of
 * the threads that need it. */
Test(login_race_scoped, a_wrong_pin_is_tried_once_by_many)
{
    struct toy_result result;
    pthread_t threads[MOST_THREADS];
    unsigned long before;

    /* Each has parked one of its own, which has to follow the next login. */
    for (size_t i = 0; i < MOST_THREADS; i++)
        cr_assert_eq(router_sign_init(others[i], key), CKR_OK);
    for (size_t i = 0; i < MOST_THREADS; i++)
        cr_assert_eq(router_sign(others[i], "data", &result), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    for (size_t i = 0; i < MOST_THREADS; i++)
        cr_assert_eq(end(begin(get_random_there, &others[i])), CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    before = toy_count(TOY_ANY, FUNCTION_C_Login);
    toys[0].pin = "changed";
    toy_hold(TOY_ANY, FUNCTION_C_Login);
    for (size_t i = 0; i < MOST_THREADS; i++)
        threads[i] = begin(get_random_there, &others[i]);
    toy_wait_for_held();
    let_others_run(FUNCTION_C_Login, before + MOST_THREADS);
    toy_release();
    for (size_t i = 0; i < MOST_THREADS; i++)
        (void)end(threads[i]);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), before + 1);
}

/* As the log says it: "log in once by hand with the right PIN". */
Test(login_race_scoped, a_pin_that_was_unlocked_is_used_again)
{
    CK_SESSION_INFO info;
    CK_BYTE byte;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_Login, CKR_PIN_LOCKED, 1);
    (void)C_GenerateRandom(others[0], &byte, 1);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_PUBLIC_SESSION);

    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert_eq(router_sign_init(others[1], key), CKR_OK);
    cr_assert_eq(C_GenerateRandom(others[2], &byte, 1), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_USER_FUNCTIONS);
}

/* How often the PIN is tried where the module has no better word for what it
 * does not like (R7.13). */
static unsigned long
count_tries(CK_SESSION_HANDLE which)
{
    unsigned long before;
    CK_BYTE byte;

    /* What is logged in already is busy. */
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    before = toy_count(TOY_ANY, FUNCTION_C_Login);
    toy_fail(TOY_ANY, FUNCTION_C_Login, CKR_FUNCTION_FAILED, 6);
    (void)C_GenerateRandom(which, &byte, 1);
    toy_reset_rules();
    return toy_count(TOY_ANY, FUNCTION_C_Login) - before;
}

Test(login_race_scoped, a_pin_is_not_tried_again_where_tries_are_counted)
{
    toys[0].flags = CKF_USER_PIN_COUNT_LOW;
    cr_expect_eq(count_tries(others[0]), 1);
}

Test(login_race_scoped, a_pin_is_tried_again_where_nothing_is_said_of_it)
{
    cr_expect_eq(count_tries(others[0]), 6);
}
