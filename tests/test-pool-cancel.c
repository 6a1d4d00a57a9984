/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that do not come to their end: cancelled, or closed with their
 * session. Their backend session serves the next one, without them. */
#include "tests/pool-call.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE data[] = "data";
static struct pool_call waiter;

static void
start(size_t size, CK_ULONG most_sessions, enum config_cancel cancel)
{
    struct config_pool settings = pool_settings(size);
    struct config *config = pool_config(&settings);

    router_clock_stop();
    router_profile.settings.cancel = cancel;
    toys[0].most_sessions = most_sessions;
    toys[0].can_cancel = cancel == CANCEL_RELIABLE;
    pool_add_keys(2);
    router_start(config);
    session = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
    waiter = (struct pool_call){ .session = pool_session(CKF_RW_SESSION),
                                 .key = pool_find_key(session, 2),
                                 .number = 2 };
}

static void
setup(void)
{
    start(1, 0, CANCEL_CLOSE);
}

TestSuite(pool_cancel, .init = setup, .fini = pool_finish, .timeout = 20);

static void
begin(void)
{
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, data, 2), CKR_OK);
}

/* Whoever waited signs for itself alone, and nothing else is left. */
static void
expect_served(void)
{
    cr_assert_eq(pool_call_end(&waiter), CKR_OK, "0x%lx", waiter.rv);
    cr_assert(waiter.is_right, "what had begun before is in it");
    cr_assert_eq(toy_active(0), 0);
    cr_assert_leq(toy_count_sessions(0), 2);
}

static void
expect_nothing_active(void)
{
    struct toy_result result;

    cr_assert_eq(C_SignUpdate(session, data, 2), CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
}

Test(pool_cancel, by_the_function_for_it_serves_the_next)
{
    begin();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    expect_served();
    expect_nothing_active();
}

/* -- Where it closes nothing -------------------------------------------------
 */

static void
cancel_without_closing(void)
{
    unsigned long before;

    begin();
    before = toy_count(TOY_ANY, FUNCTION_C_CloseSession);
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    expect_served();
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), before);
    expect_nothing_active();
}

TestSuite(pool_cancel_kept, .fini = pool_finish, .timeout = 20);

Test(pool_cancel_kept, by_a_token_that_can_do_it)
{
    start(1, 0, CANCEL_RELIABLE);
    cancel_without_closing();
}

/* With the one that holds the login the login would go. */
Test(pool_cancel_kept, on_a_token_of_one_session)
{
    start(0, 1, CANCEL_CLOSE);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cancel_without_closing();
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
}

Test(pool_cancel, by_an_init_without_mechanism_serves_the_next)
{
    begin();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_SignInit(session, NULL, key), CKR_OK);
    expect_served();
    expect_nothing_active();
}

Test(pool_cancel, by_closing_the_session_serves_the_next)
{
    begin();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    expect_served();
}

Test(pool_cancel, of_nothing_closes_nothing)
{
    unsigned long before;
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
    before = toy_count(TOY_ANY, FUNCTION_C_CloseSession);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), before);
}

static void *
sign_update(void *unused)
{
    (void)C_SignUpdate(session, data, 2);
    return unused;
}

/* The handle is dead at once; the call inside still has the backend
 * session. */
Test(pool_cancel, by_closing_in_the_middle_of_a_call_waits_for_its_end)
{
    pthread_t thread;

    begin();
    toy_hold(TOY_ANY, FUNCTION_C_SignUpdate);
    cr_assert_eq(pthread_create(&thread, NULL, sign_update, NULL), 0);
    toy_wait_for_held();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, data, 2), CKR_SESSION_HANDLE_INVALID);
    waiting_look();
    cr_assert_eq(waiting_now(), 1, "the backend session is still in use");
    toy_release();
    (void)pthread_join(thread, NULL);
    expect_served();
}

/* -- Two at once (R3.12) -----------------------------------------------------
 */

static CK_SESSION_HANDLE
begin_two(void)
{
    CK_SESSION_HANDLE its;

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    its = pool_used(FUNCTION_C_DigestInit);
    cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_EncryptInit), its, "the same one");
    return its;
}

Test(pool_cancel, of_one_of_two_keeps_the_backend_session)
{
    CK_SESSION_HANDLE its = begin_two();
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    toys[0].can_cancel = true;
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_SessionCancel(session, CKF_ENCRYPT), CKR_OK);
    waiting_look();
    cr_assert_eq(waiting_now(), 1, "the digest still has it");
    cr_assert_eq(C_DigestUpdate(session, data, 4), CKR_OK);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_DigestFinal), its);
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 4));
    expect_served();
}

Test(pool_cancel, and_the_end_of_the_first_of_two_keep_it_too)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    (void)begin_two();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    waiting_look();
    cr_assert_eq(waiting_now(), 1, "the encryption still has it");
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    expect_served();
}

Test(pool_cancel, of_both_by_closing_gives_it_back_once)
{
    (void)begin_two();
    pool_call_begin_waiting(&waiter, 1);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    expect_served();
}
