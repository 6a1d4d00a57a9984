/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that are cancelled while a pool or a login needs the module: nothing
 * of theirs is counted, kept or waited for afterwards. */
#include "router/process.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>

static CK_SESSION_HANDLE session, other;
static CK_UTF8CHAR pin[] = "1234", so_pin[] = "87654321";

/* Little to lose, and what is lost is missed. */
static struct config_pool settings;

static void
setup(void)
{
    router_start_one();
    settings = config_pool_default;
    settings.size = 1;
    settings.wait_ms = 2000;
    router_pool(1, &settings);
    toys[0].pin = "1234";
    toys[0].so_pin = "87654321";
}

static void
finish(void)
{
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(token_sessions(router_token(1)).all, 0);
    cr_assert_eq(toy_count_sessions(0), 0);
    cr_assert_not(process_has_visitors());
    C_Finalize(NULL);
}

TestSuite(cancelled_pool, .init = setup, .fini = finish, .timeout = 60);

static void *
open_there(void *unused)
{
    CK_SESSION_HANDLE opened;

    (void)C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &opened);
    pthread_testcancel();
    return unused;
}

static void *
get_random_there(void *unused)
{
    CK_BYTE byte;

    (void)C_GenerateRandom(other, &byte, 1);
    pthread_testcancel();
    return unused;
}

static void *
log_in_there(void *unused)
{
    (void)C_Login(other, CKU_SO, so_pin, 8);
    pthread_testcancel();
    return unused;
}

/* Cancels a thread while it waits in the function. */
static void
cancel(void *(*run)(void *), enum function function)
{
    pthread_t thread;
    void *result;

    toy_hold(TOY_ANY, function);
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(pthread_cancel(thread), 0);
    toy_release();
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, PTHREAD_CANCELED);
}

/* Fails unless the token's one backend session can be had. */
static void
check_one(CK_SESSION_HANDLE its)
{
    CK_BYTE byte;

    cr_assert_eq(C_GenerateRandom(its, &byte, 1), CKR_OK);
}

static void
check_usable(CK_SESSION_HANDLE its)
{
    check_one(its);
    cr_assert_eq(toy_count_sessions(0), 2, "the keeper and one more");
}

Test(cancelled_pool, opening_the_keeper)
{
    cancel(open_there, FUNCTION_C_OpenSession);
    check_usable(router_session(1));
}

Test(cancelled_pool, looking_at_the_keeper)
{
    cancel(open_there, FUNCTION_C_GetTokenInfo);
    check_usable(router_session(1));
}

Test(cancelled_pool, opening_one_more)
{
    session = router_session(1);
    other = router_session(1);
    cancel(get_random_there, FUNCTION_C_OpenSession);
    check_usable(session);
}

Test(cancelled_pool, looking_at_one_more)
{
    session = router_session(1);
    other = router_session(1);
    cancel(get_random_there, FUNCTION_C_GetSessionInfo);
    check_usable(session);
}

Test(cancelled_pool, logging_one_in_again)
{
    session = router_session(1);
    other = router_session(1);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    toy_sessions_end(0);
    cancel(get_random_there, FUNCTION_C_Login);
    check_one(session);
    check_one(session);
}

/* R/O sessions may be opened again, though the SO was about to come. */
Test(cancelled_pool, logging_in)
{
    CK_SESSION_HANDLE read_only;

    session = router_session(1);
    other = router_session(1);
    toy_fail_after(TOY_ANY, FUNCTION_C_Login, CKR_PIN_INCORRECT, 1);
    cancel(log_in_there, FUNCTION_C_Login);
    toys[0].user = (CK_USER_TYPE)-1;
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &read_only),
                 CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
}
