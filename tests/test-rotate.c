/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole calls where the backend session changes with each operation. */
#include "router/pool.h"
#include "router/search.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE data[] = "data";

static void
setup(void)
{
    router_start_one();
    router_rotate(1);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

/* Nothing is left open when the last session is closed. (An assertion would
 * not count here.) */
static void
finish(void)
{
    if (C_CloseAllSessions(1) != CKR_OK || toy_count_sessions(0) != 0 ||
        pool_count(router_token(1)->members[0].pool) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

TestSuite(rotate, .init = setup, .fini = finish, .timeout = 60);

/* Init, two parts, the end; the backend session it was on. */
static CK_SESSION_HANDLE
sign_in_parts(void)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    CK_SESSION_HANDLE its;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    its = toy_last(FUNCTION_C_SignInit).session;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(C_SignUpdate(session, data, 2), CKR_OK);
        cr_assert_eq(toy_last(FUNCTION_C_SignUpdate).session, its);
    }
    cr_assert_eq(C_SignFinal(session, NULL, &length), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_SignFinal).session, its);
    cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_SignFinal).session, its);
    cr_assert_eq(result.number, 7);
    cr_assert_eq(result.data,
                 toy_hash(toy_hash(TOY_HASH_START, "da", 2), "da", 2));
    return its;
}

Test(rotate, an_operation_stays_on_its_session_and_the_next_is_on_another)
{
    CK_SESSION_HANDLE before = sign_in_parts();

    for (int i = 0; i < 10; i++) {
        CK_SESSION_HANDLE its = sign_in_parts();

        cr_assert_neq(its, before);
        before = its;
    }
    cr_assert_leq(toy_count_sessions(0), 3);
}

Test(rotate, a_buffer_that_is_too_small_does_not_end_it)
{
    struct toy_result result;
    CK_ULONG length = 1;
    CK_SESSION_HANDLE its;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    its = toy_last(FUNCTION_C_SignInit).session;
    cr_assert_eq(C_Sign(session, data, 4, (CK_BYTE *)&result, &length),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(length, sizeof(result));
    cr_assert_eq(C_Sign(session, data, 4, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_Sign).session, its);
    cr_assert_eq(C_Sign(session, data, 4, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
}

Test(rotate, two_sessions_do_not_mix)
{
    CK_SESSION_HANDLE other = router_session(1);
    CK_MECHANISM others = { CKM_RSA_X_509, NULL, 0 };
    struct toy_result one, two;
    CK_ULONG length = sizeof(one);

    for (int i = 0; i < 5; i++) {
        cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
        cr_assert_eq(C_SignInit(other, &others, key), CKR_OK);
        cr_assert_eq(C_SignUpdate(session, data, 1), CKR_OK);
        cr_assert_eq(C_SignUpdate(other, data, 4), CKR_OK);
        cr_assert_eq(C_SignFinal(other, (CK_BYTE *)&two, &length), CKR_OK);
        cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&one, &length), CKR_OK);
        cr_assert_eq(one.mechanism, CKM_RSA_PKCS);
        cr_assert_eq(one.data, toy_hash(TOY_HASH_START, data, 1));
        cr_assert_eq(two.mechanism, CKM_RSA_X_509);
        cr_assert_eq(two.data, toy_hash(TOY_HASH_START, data, 4));
    }
}

Test(rotate, an_error_closes_only_the_session_it_came_from)
{
    CK_SESSION_HANDLE other = router_session(1), its;
    struct toy_result result;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    its = toy_last(FUNCTION_C_SignInit).session;
    cr_assert_eq(C_SignInit(other, &mechanism, key), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_Sign, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(router_sign(session, "data", &result), CKR_DEVICE_ERROR);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, its);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 1);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(router_sign(other, "data", &result), CKR_OK);
    (void)sign_in_parts();
}

Test(rotate, a_verdict_does_not_close_it)
{
    CK_BYTE wrong[sizeof(struct toy_result)] = { 0 };
    CK_SESSION_HANDLE other;

    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_Verify(session, data, 4, wrong, sizeof(wrong)),
                 CKR_SIGNATURE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    other = router_session(1);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
}

Test(rotate, an_init_that_fails_leaves_nothing_behind)
{
    struct toy_result result;

    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED, 1);
    cr_assert_eq(C_SignInit(session, &mechanism, key),
                 CKR_KEY_FUNCTION_NOT_PERMITTED);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    (void)sign_in_parts();
}

Test(rotate, a_second_init_of_a_kind_is_refused_and_the_first_goes_on)
{
    struct toy_result result;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OPERATION_ACTIVE);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
}

/* -- Two operations at once
 * --------------------------------------------------------- */

static CK_SESSION_HANDLE
begin_dual(void)
{
    CK_SESSION_HANDLE its;

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    its = toy_last(FUNCTION_C_DigestInit).session;
    cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_EncryptInit).session, its);
    return its;
}

Test(rotate, a_second_operation_joins_the_firsts_session)
{
    CK_SESSION_HANDLE its = begin_dual();
    struct toy_result result;
    CK_ULONG length = sizeof(data), result_length = sizeof(result);
    CK_BYTE out[sizeof(data)];

    cr_assert_eq(C_DigestEncryptUpdate(session, data, sizeof(data), out,
                                       &length),
                 CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestEncryptUpdate).session, its);
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &result_length),
                 CKR_OK);
    cr_assert_eq(__atomic_load_n(&session_cell(handle_index(session))->active,
                                 __ATOMIC_SEQ_CST),
                 1u << OPERATION_DIGEST);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &result_length),
                 CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestFinal).session, its);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
}

Test(rotate, closing_with_two_operations_closes_their_session_once)
{
    CK_SESSION_HANDLE other = router_session(1), its = begin_dual();
    unsigned long n_closed = toy_count(TOY_ANY, FUNCTION_C_CloseSession);

    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), n_closed + 1);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, its);
    cr_assert_eq(pool_count(router_token(1)->members[0].pool),
                 toy_count_sessions(0));
    session = other;
    (void)sign_in_parts();
}

Test(rotate, cancelling_ends_the_operation_with_its_session)
{
    CK_SESSION_HANDLE its;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    its = toy_last(FUNCTION_C_SignInit).session;
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, its);
    cr_assert_eq(toy_active(0), 0);
    (void)sign_in_parts();
}

/* -- Searches
 * ---------------------------------------------------------------------------
 */

Test(rotate, a_search_holds_no_session)
{
    CK_OBJECT_HANDLE objects[2];
    CK_ULONG count;

    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(toy_active(0), 0, "the module's search has ended");
    (void)sign_in_parts();
    cr_assert_eq(C_FindObjects(session, objects, 2, &count), CKR_OK);
    cr_assert_eq(count, 1);
    cr_assert_eq(objects[0], key);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
}

Test(rotate, a_search_that_streams_keeps_its_session_until_it_ends)
{
    CK_OBJECT_HANDLE objects[1000];
    CK_SESSION_HANDLE its;
    CK_ULONG count, n_found = 0;

    toys[0].n_anonymous = 2000;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    its = toy_last(FUNCTION_C_FindObjectsInit).session;
    for (int i = 0; i < 5; i++)
        cr_assert_eq(sign_in_parts(), its, "what runs beside it goes there");
    do {
        cr_assert_eq(C_FindObjects(session, objects, 1000, &count), CKR_OK);
        n_found += count;
    } while (count > 0);
    cr_assert_eq(n_found, 2001);
    cr_assert_eq(toy_last(FUNCTION_C_FindObjects).session, its);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
}

Test(rotate, a_search_that_fails_closes_its_session)
{
    unsigned long n_closed = toy_count(TOY_ANY, FUNCTION_C_CloseSession);

    toy_fail(TOY_ANY, FUNCTION_C_FindObjects, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_ERROR);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), n_closed + 1);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}

Test(rotate, a_second_search_is_refused_and_takes_nothing_along)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    cr_assert_leq(toy_count_sessions(0), 3);
    cr_assert_eq(C_FindObjects(session, &object, 1, &count), CKR_OK);
    cr_assert_eq(object, key);
}

Test(rotate, closing_in_the_middle_of_a_stream_ends_it)
{
    CK_SESSION_HANDLE other = router_session(1);

    toys[0].n_anonymous = 2000;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_FIND_OBJECTS);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    session = other;
    (void)sign_in_parts();
}

/* -- Objects and logins
 * ---------------------------------------------------------------- */

Test(rotate, a_session_object_is_used_on_any_session_and_dies_with_its_own)
{
    CK_SESSION_HANDLE other = router_session(1);
    CK_OBJECT_HANDLE object;
    CK_BYTE value[2];
    CK_ATTRIBUTE label = { CKA_LABEL, value, sizeof(value) };
    CK_ATTRIBUTE template = { CKA_LABEL, data, 2 };

    cr_assert_eq(C_CreateObject(session, &template, 1, &object), CKR_OK);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(C_GetAttributeValue(other, object, &label, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(other, object, &label, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_GetAttributeValue(other, key, &label, 1), CKR_OK);
}

Test(rotate, the_login_lasts_until_the_last_session_is_closed)
{
    CK_SESSION_HANDLE other = router_session(1);

    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    (void)sign_in_parts();
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
}

Test(rotate, an_error_of_the_callers_leaves_the_backend_session_fit)
{
    CK_ATTRIBUTE missing = { CKA_PUBLIC_KEY_INFO, NULL, 0 };
    size_t opened, closed = toy_count(TOY_ANY, FUNCTION_C_CloseSession);

    (void)sign_in_parts();
    (void)sign_in_parts();
    opened = toy_count(TOY_ANY, FUNCTION_C_OpenSession);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(C_GetAttributeValue(session, key, &missing, 1),
                     CKR_ATTRIBUTE_TYPE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), opened);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), closed);
}
