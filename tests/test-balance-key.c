/* SPDX-License-Identifier: BSD-3-Clause */
/* Which keys and operations a group of mode "balance" does not spread. */
#include "tests/balance-fixture.h"

#include <criterion/criterion.h>

TestSuite(balance_key, .init = balance_start_even, .fini = balance_finish,
          .timeout = 60);

/* -- Who has the key --------------------------------------------------------
 */

Test(balance_key, never_goes_to_a_member_without_the_key)
{
    CK_OBJECT_HANDLE on_b =
        router_find_key(balance_session, CKO_PRIVATE_KEY, 8);
    CK_OBJECT_HANDLE on_a_and_c =
        router_find_key(balance_session, CKO_PRIVATE_KEY, 9);

    toy_forget_calls();
    for (int i = 0; i < 50; i++) {
        balance_sign_with(on_b);
        cr_assert_eq(balance_result.slot, TOY_SLOT(1));
        cr_assert_eq(balance_result.number, 8);
        balance_sign_with(on_a_and_c);
        cr_assert_eq(balance_result.slot, TOY_SLOT(0));
        cr_assert_eq(balance_result.number, 9);
    }
    cr_expect_eq(toy_count(TOY_ANY, FUNCTION_C_FindObjectsInit), 0);
}

Test(balance_key, is_not_of_an_object_of_a_session)
{
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    CK_OBJECT_HANDLE made;

    cr_assert_eq(C_CreateObject(balance_session, &template, 1, &made), CKR_OK);
    for (int i = 0; i < 50; i++) {
        balance_sign_with(made);
        cr_assert_eq(balance_result.slot, TOY_SLOT(0));
    }
}

/* R7.9: a twin may be allowed less. */
Test(balance_key, asks_another_member_what_one_refuses)
{
    static const CK_RV refusals[] = { CKR_KEY_FUNCTION_NOT_PERMITTED,
                                      CKR_KEY_TYPE_INCONSISTENT };

    for (unsigned refusing = 0; refusing < 2; refusing++) {
        size_t n_sessions;

        balance_sign_often(10);
        n_sessions = toy_count_sessions(refusing);
        toy_forget_calls();
        toy_fail(TOY_SLOT(refusing), FUNCTION_C_SignInit, refusals[refusing],
                 1000);
        for (int i = 0; i < 20; i++) {
            balance_sign_with(balance_key);
            cr_assert_eq(balance_result.slot, TOY_SLOT(1 - refusing));
        }
        cr_expect_gt(toy_count(TOY_SLOT(refusing), FUNCTION_C_SignInit), 0);
        cr_expect(member_is_usable(balance_member(refusing)));
        cr_expect_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), 0);
        cr_expect_eq(toy_count_sessions(refusing), n_sessions);
        toy_reset_rules();
    }
}

Test(balance_key, says_what_the_first_one_says_where_all_refuse)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_TYPE_INCONSISTENT, 1000);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1000);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(router_sign_init(balance_session, balance_key),
                     CKR_KEY_TYPE_INCONSISTENT);
    cr_expect_eq(toy_count(TOY_SLOT(2), FUNCTION_C_SignInit), 0);
}

/* Where nobody has refused it is what the last one says. */
Test(balance_key, says_what_is_refused_when_the_other_one_is_lost)
{
    balance_begin_on(1);
    cr_assert_eq(router_sign(balance_session, "data", &balance_result), CKR_OK);
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_DEVICE_REMOVED, 1000);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1000);
    toy_fail(TOY_SLOT(2), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1000);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(router_sign_init(balance_session, balance_key),
                     CKR_KEY_FUNCTION_NOT_PERMITTED);
    cr_expect_not(member_is_usable(balance_member(0)));
}

/* -- What stays -------------------------------------------------------------
 */

/* R3.12. */
Test(balance_key, leaves_an_operation_where_it_began)
{
    static CK_BYTE data[] = "data";

    for (unsigned member = 0; member < 2; member++) {
        CK_ULONG length = sizeof(balance_result);

        balance_begin_on(member);
        for (int i = 0; i < 3; i++)
            cr_assert_eq(C_SignUpdate(balance_session, data, 4), CKR_OK);
        cr_assert_eq(C_SignFinal(balance_session, (CK_BYTE *)&balance_result,
                                 &length),
                     CKR_OK);
        cr_expect_eq(balance_result.slot, TOY_SLOT(member));
        cr_expect_eq(balance_result.data,
                     toy_hash(TOY_HASH_START, "datadatadata", 12));
    }
}

/* R3.12: the second one is in the backend session of the first, */
Test(balance_key, leaves_a_second_operation_beside_the_first)
{
    balance_begin_on(1);
    for (int i = 0; i < 10; i++) {
        CK_BYTE out[256];
        CK_ULONG length = sizeof(out);

        cr_assert_eq(balance_init_digest(), CKR_OK);
        cr_assert_eq(C_Digest(balance_session, out, 0, out, &length), CKR_OK);
    }
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_Digest), 0);
    cr_expect_eq(toy_last(FUNCTION_C_DigestInit).session,
                 toy_last(FUNCTION_C_SignInit).session);
}

/* but not where its key is not there. */
Test(balance_key, lets_a_second_operation_go_where_its_key_is)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_OBJECT_HANDLE on_a =
        router_find_key(balance_session, CKO_PRIVATE_KEY, 9);
    CK_BYTE data[64] = { 0 }, out[256];
    CK_ULONG length = sizeof(out);

    balance_begin_on(1);
    cr_assert_eq(C_EncryptInit(balance_session, &mechanism, on_a), CKR_OK);
    cr_assert_eq(C_Encrypt(balance_session, data, 4, out, &length), CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_Encrypt), 1);
    cr_assert_eq(router_sign(balance_session, "data", &balance_result), CKR_OK);
    cr_expect_eq(balance_result.slot, TOY_SLOT(1));
}

/* R3.23: the PIN is the first one's; another may have another one. */
Test(balance_key, is_not_of_a_key_that_wants_a_login_for_each_use)
{
    CK_OBJECT_HANDLE private_key;

    for (unsigned i = 0; i < 2; i++)
        toy_set_flag(toy_object(i, toy_add_key(i, CKO_PRIVATE_KEY, 20)),
                     CKA_ALWAYS_AUTHENTICATE, true);
    private_key = router_find_key(balance_session, CKO_PRIVATE_KEY, 20);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(router_sign_init(balance_session, private_key), CKR_OK);
        cr_assert_eq(C_Login(balance_session, CKU_CONTEXT_SPECIFIC, NULL, 0),
                     CKR_OK);
        cr_assert_eq(router_sign(balance_session, "data", &balance_result),
                     CKR_OK);
        cr_assert_eq(balance_result.slot, TOY_SLOT(0));
    }
}

/* 7.3: two members that use the same one-time key give it away, one after the
 * other too. */
Test(balance_key, is_not_of_signatures_that_use_up_their_key)
{
    CK_MECHANISM hss = { CKM_HSS, NULL, 0 };

    for (int i = 0; i < 20; i++) {
        cr_assert_eq(C_SignInit(balance_session, &hss, balance_key), CKR_OK);
        cr_assert_eq(router_sign(balance_session, "data", &balance_result),
                     CKR_OK);
        cr_assert_eq(balance_result.slot, TOY_SLOT(0));
    }
    balance_lose(0);
    cr_expect_eq(C_SignInit(balance_session, &hss, balance_key),
                 CKR_DEVICE_REMOVED);
    balance_sign_with(balance_key);
    cr_expect_eq(balance_result.slot, TOY_SLOT(1));
}
