/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool's mode `session`: a virtual session keeps its backend session from
 * its first use to its end, then others have it. */
#include "tests/pool-call.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE one, two;
static CK_OBJECT_HANDLE key;

static void
setup(void)
{
    struct config_pool settings = pool_settings(2);

    settings.mode = POOL_SESSION;
    pool_clock_begin();
    pool_start(&settings);
    pool_add_keys(2);
    one = pool_session(CKF_RW_SESSION);
    two = pool_session(CKF_RW_SESSION);
    key = pool_find_key(one, 1);
}

TestSuite(pool_session, .init = setup, .fini = pool_finish, .timeout = 20);

static CK_SESSION_HANDLE
sign(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
    return pool_used(FUNCTION_C_Sign);
}

Test(pool_session, keeps_its_backend_session)
{
    CK_SESSION_HANDLE its = sign(one), others = sign(two);

    cr_assert_neq(its, others);
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(sign(one), its);
        cr_assert_eq(sign(two), others);
    }
}

Test(pool_session, leaves_it_to_the_next_when_it_ends)
{
    CK_SESSION_HANDLE its = sign(one);
    unsigned long opened;

    (void)sign(two);
    opened = toy_count(TOY_ANY, FUNCTION_C_OpenSession);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(C_CloseSession(one), CKR_OK);
        one = pool_session(CKF_RW_SESSION);
        cr_assert_eq(sign(one), its);
    }
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), opened);
}

/* What idles in another session's keeping would never come back to whoever
 * waited for it. */
Test(pool_session, is_not_waited_for_when_the_device_says_that_it_is_gone)
{
    CK_RV rv;

    (void)sign(one);
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_DEVICE_REMOVED, 1);
    cr_assert_not(pool_signs(two, key, 1, "text", &rv));
    cr_assert_eq(rv, CKR_DEVICE_REMOVED, "0x%lx", rv);
    (void)sign(two);
}

Test(pool_session, is_not_waited_for_when_a_look_finds_the_device_gone)
{
    CK_RV rv;

    (void)sign(one);
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_GENERAL_ERROR, 1000);
    toys[0].has_token = false;
    cr_assert_not(pool_signs(two, key, 1, "text", &rv));
    cr_assert_neq(rv, CKR_FUNCTION_FAILED, "0x%lx", rv);
    cr_assert_not(member_is_usable(&router_token(1)->members[0]));
    toys[0].has_token = true;
}

Test(pool_session, leaves_no_operation_in_it)
{
    CK_SESSION_HANDLE third;

    cr_assert_eq(router_sign_init(one, key), CKR_OK);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    third = pool_session(CKF_RW_SESSION);
    (void)sign(third);
}

Test(pool_session, makes_the_next_wait_for_its_end)
{
    struct pool_call waiter = { .session = pool_session(CKF_RW_SESSION),
                                .key = key,
                                .number = 1 };

    (void)sign(one);
    (void)sign(two);
    pool_call_begin_waiting(&waiter, 1);
    (void)sign(one);
    cr_assert_eq(waiting_now(), 1);
    cr_assert_eq(C_CloseSession(two), CKR_OK);
    cr_assert_eq(pool_call_end(&waiter), CKR_OK);
    cr_assert(waiter.is_right);
}

Test(pool_session, costs_nothing_that_is_never_used)
{
    for (int i = 0; i < 100; i++)
        (void)pool_session(0);
    (void)sign(one);
    (void)sign(two);
    cr_assert_leq(toy_count_sessions(0), 3);
}

Test(pool_session, has_its_objects_to_its_end)
{
    CK_BYTE label[] = "l";
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, 1 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(one, &attribute, 1, &object), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(two, object, &attribute, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(one), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(two, object, &attribute, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(toy_count_objects(0), 2);
}
