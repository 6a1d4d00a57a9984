/* SPDX-License-Identifier: BSD-3-Clause */
/* Which backend sessions go back to the pool, which are closed, and what is
 * done with one that is not what it should be (R3.13, R3.14). */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE data[] = "data";

static void
setup(void)
{
    struct config_pool settings = pool_settings(2);

    pool_start(&settings);
    pool_add_keys(2);
    session = pool_session(CKF_RW_SESSION);
    other = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
}

TestSuite(pool_clean, .init = setup, .fini = pool_finish, .timeout = 20);

static void
sign(CK_SESSION_HANDLE its)
{
    CK_RV rv;

    cr_assert(pool_signs(its, key, 1, "text", &rv), "0x%lx", rv);
}

static unsigned long
count_closed(void)
{
    return toy_count(TOY_ANY, FUNCTION_C_CloseSession);
}

static unsigned long
count_opened(void)
{
    return toy_count(TOY_ANY, FUNCTION_C_OpenSession);
}

/* -- How an operation ends --------------------------------------------------
 */

static const struct ending {
    CK_RV rv;
    bool is_clean;
} endings[] = {
    { CKR_SIGNATURE_INVALID, true },
    { CKR_SIGNATURE_LEN_RANGE, true },
    { CKR_DATA_INVALID, true },
    { CKR_DATA_LEN_RANGE, true },
    { CKR_ENCRYPTED_DATA_INVALID, true },
    { CKR_ENCRYPTED_DATA_LEN_RANGE, true },
    { CKR_AEAD_DECRYPT_FAILED, true },
    { CKR_GENERAL_ERROR, false },
    { CKR_FUNCTION_FAILED, false },
    { CKR_FUNCTION_CANCELED, false },
    { CKR_DEVICE_ERROR, false },
    { CKR_DEVICE_MEMORY, false },
    { CKR_OPERATION_NOT_INITIALIZED, false },
    { CKR_KEY_FUNCTION_NOT_PERMITTED, false },
    { CKR_VENDOR_DEFINED | 7, false },
};
enum { N_ENDINGS = sizeof(endings) / sizeof(endings[0]) };

Test(pool_clean, a_verdict_ends_an_operation_well_and_nothing_else_does)
{
    for (size_t i = 0; i < N_ENDINGS; i++) {
        unsigned long before;
        CK_SESSION_HANDLE its;
        struct toy_result result;

        sign(session);
        before = count_closed();
        cr_assert_eq(router_sign_init(session, key), CKR_OK);
        its = pool_used(FUNCTION_C_SignInit);
        toy_fail_after(TOY_ANY, FUNCTION_C_Sign, endings[i].rv, 1);
        cr_assert_eq(router_sign(session, "data", &result), endings[i].rv);
        cr_assert_eq(count_closed() - before, endings[i].is_clean ? 0 : 1,
                     "after 0x%lx", endings[i].rv);
        sign(session);
        if (!endings[i].is_clean)
            cr_assert_neq(pool_used(FUNCTION_C_Sign), its, "after 0x%lx",
                          endings[i].rv);
    }
}

/* Conformance 6. */
Test(pool_clean, a_thousand_bad_signatures_cost_nothing)
{
    CK_BYTE wrong[sizeof(struct toy_result)] = { 0 };
    unsigned long opened;

    sign(session);
    opened = count_opened();
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
        cr_assert_eq(C_Verify(session, data, sizeof(data), wrong,
                              sizeof(wrong)),
                     CKR_SIGNATURE_INVALID);
    }
    cr_assert_eq(count_opened(), opened);
    cr_assert_eq(count_closed(), 0);
}

/* Conformance 6: SoftHSM says so of data that is too long. */
Test(pool_clean, a_thousand_general_errors_take_nothing_down)
{
    struct toy_result result;

    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(router_sign_init(session, key), CKR_OK, "round %d", i);
        toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
        cr_assert_eq(router_sign(session, "data", &result), CKR_GENERAL_ERROR);
    }
    cr_assert_leq(toy_count_sessions(0), 3);
    cr_assert(member_is_usable(&router_token(1)->members[0]));
    sign(session);
    sign(other);
}

Test(pool_clean, an_error_ends_only_the_operation_it_is_of)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign_init(other, key), CKR_OK);
    toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(router_sign(session, "data", &result), CKR_DEVICE_ERROR);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(router_sign(other, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
}

/* What the caller has done wrong says nothing about the backend session. */
Test(pool_clean, a_callers_error_closes_nothing)
{
    CK_ATTRIBUTE missing = { CKA_PUBLIC_KEY_INFO, NULL, 0 };
    unsigned long before;

    sign(session);
    before = count_closed();
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(C_GetAttributeValue(session, key, &missing, 1),
                     CKR_ATTRIBUTE_TYPE_INVALID);
        cr_assert_eq(C_SignInit(session, &mechanism, 12345678),
                     CKR_KEY_HANDLE_INVALID);
    }
    cr_assert_eq(count_closed(), before);
}

/* -- One that is not idle (R3.13, conformance 7) -----------------------------
 */

Test(pool_clean, one_that_is_poisoned_is_replaced_unseen)
{
    unsigned long closed, opened;
    CK_SESSION_HANDLE poisoned;
    struct toy_result result;

    sign(session);
    poisoned = pool_used(FUNCTION_C_Sign);
    closed = count_closed();
    opened = count_opened();
    /* Left behind by some way through the module. */
    cr_assert_eq(toy_functions.C_SignInit(poisoned, &mechanism,
                                          toy_add_key(0, CKO_PRIVATE_KEY, 9)),
                 CKR_OK);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_neq(pool_used(FUNCTION_C_SignInit), poisoned);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert(pool_is_result(&result, 1, "data", 4), "the other operation's");
    cr_assert_eq(count_closed(), closed + 1);
    cr_assert_eq(count_opened(), opened + 1);
    cr_assert_eq(toy_active(0), 0);
}

Test(pool_clean, each_kind_of_init_is_repeated)
{
    sign(session);
    toy_fail(TOY_ANY, FUNCTION_C_VerifyInit, CKR_OPERATION_ACTIVE, 1);
    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_DigestInit, CKR_OPERATION_ACTIVE, 1);
    cr_assert_eq(C_DigestInit(other, &mechanism), CKR_OK);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    session = pool_session(0);
    toy_fail(TOY_ANY, FUNCTION_C_FindObjectsInit, CKR_OPERATION_ACTIVE, 1);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
}

Test(pool_clean, an_init_is_repeated_once_and_not_for_ever)
{
    unsigned long before = toy_count(TOY_ANY, FUNCTION_C_SignInit);

    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_OPERATION_ACTIVE, 10);
    cr_assert_neq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SignInit), before + 2);
    toy_reset_rules();
    sign(session);
}

/* R3.11: it is the application's own operation that is active. */
Test(pool_clean, an_init_too_many_is_the_applications)
{
    unsigned long before;
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    before = count_closed();
    cr_assert_eq(router_sign_init(session, key), CKR_OPERATION_ACTIVE);
    cr_assert_eq(count_closed(), before);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 1);
}

/* -- One that is gone --------------------------------------------------------
 */

Test(pool_clean, one_that_the_device_has_forgotten_is_replaced)
{
    sign(session);
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_SESSION_HANDLE_INVALID, 1);
    sign(session);
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_SESSION_CLOSED, 1);
    sign(session);
}

/* DESIGN 4, reconnect: at most this call fails, and the next one works. */
Test(pool_clean, all_of_them_forgotten_is_one_calls_failure_at_most)
{
    CK_RV rv;

    sign(session);
    sign(other);
    toy_sessions_end(0);
    if (!pool_signs(session, key, 1, "text", &rv))
        cr_assert_neq(rv, CKR_SESSION_HANDLE_INVALID, "R1.25");
    sign(session);
    sign(other);
}
