/* SPDX-License-Identifier: BSD-3-Clause */
/* How a group of mode "balance" spreads its operations. */
#include "tests/balance-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum { N_SIGNATURES = 400 };

TestSuite(balance, .init = balance_start_even, .fini = balance_finish,
          .timeout = 60);

/* -- By turns ---------------------------------------------------------------
 */

Test(balance, is_even_between_members_that_are_alike)
{
    balance_sign_often(N_SIGNATURES);
    cr_expect_eq(balance_count(0) + balance_count(1), N_SIGNATURES);
    cr_expect(balance_count(0) > 190 && balance_count(0) < 210, "%lu",
              balance_count(0));
}

Test(balance, goes_by_the_members_weights)
{
    balance_finish();
    balance_start(3, 1);
    balance_sign_often(N_SIGNATURES);
    cr_expect_eq(balance_count(0) + balance_count(1), N_SIGNATURES);
    cr_expect(balance_count(0) > 285 && balance_count(0) < 315, "%lu",
              balance_count(0));
}

/* The same for all sessions together, each of which signs once. */
Test(balance, is_of_short_sessions_too)
{
    for (int i = 0; i < 100; i++) {
        balance_session = router_session(1);
        balance_sign_with(balance_key);
        cr_assert_eq(C_CloseSession(balance_session), CKR_OK);
    }
    cr_expect_eq(balance_count(0) + balance_count(1), 100);
    cr_expect(balance_count(0) > 30 && balance_count(0) < 70, "%lu",
              balance_count(0));
}

Test(balance, is_of_operations_with_a_key_that_have_no_state)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE data[64] = { 0 }, out[256];
    CK_ULONG length;

    for (int i = 0; i < 40; i++) {
        cr_assert_eq(C_EncryptInit(balance_session, &mechanism, balance_key),
                     CKR_OK);
        length = sizeof(out);
        cr_assert_eq(C_Encrypt(balance_session, data, 4, out, &length), CKR_OK);
        cr_assert_eq(C_DecryptInit(balance_session, &mechanism, balance_key),
                     CKR_OK);
        length = sizeof(out);
        cr_assert_eq(C_Decrypt(balance_session, data, 4, out, &length), CKR_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        cr_expect_gt(toy_count(TOY_SLOT(i), FUNCTION_C_Encrypt), 10);
        cr_expect_gt(toy_count(TOY_SLOT(i), FUNCTION_C_Decrypt), 10);
    }
}

/* A key that is given to it later may be on the first one only. */
Test(balance, is_not_of_a_digest)
{
    CK_OBJECT_HANDLE on_a_and_c =
        router_find_key(balance_session, CKO_PRIVATE_KEY, 9);
    CK_BYTE out[256];

    for (int i = 0; i < 20; i++) {
        CK_ULONG length = sizeof(out);

        cr_assert_eq(balance_init_digest(), CKR_OK);
        cr_assert_eq(C_DigestKey(balance_session, on_a_and_c), CKR_OK);
        cr_assert_eq(C_DigestFinal(balance_session, out, &length), CKR_OK);
    }
}

/* -- By load ----------------------------------------------------------------
 */

static void *
sign_on_a(void *unused)
{
    CK_SESSION_HANDLE its = router_session(1);
    struct toy_result its_result = { .slot = 0 };

    while (its_result.slot != TOY_SLOT(0))
        if (router_sign_init(its, balance_key) != CKR_OK ||
            router_sign(its, "data", &its_result) != CKR_OK)
            break;
    return unused;
}

Test(balance, goes_to_the_member_with_the_fewest_calls_in_flight)
{
    pthread_t thread;
    unsigned long before;

    /* Looks are worth it where calls take long, and that is known by now. */
    balance_sign_often(N_SIGNATURES);
    toy_hold(TOY_SLOT(0), FUNCTION_C_Sign);
    pthread_create(&thread, NULL, sign_on_a, NULL);
    toy_wait_for_held();
    before = toy_count(TOY_SLOT(0), FUNCTION_C_SignInit);
    balance_sign_often(50);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SignInit), before);
    toy_release();
    pthread_join(thread, NULL);
    balance_sign_often(50);
    cr_expect_gt(toy_count(TOY_SLOT(0), FUNCTION_C_SignInit), before);
}

Test(balance, gives_less_to_a_member_that_is_slow)
{
    atomic_store(&balance_takes[1], 20);
    balance_sign_often(4000);
    toy_forget_calls();
    balance_sign_often(4000);
    cr_expect_lt(balance_count(1), 800, "%lu of 4000", balance_count(1));
    cr_expect_gt(balance_count(1), 50, "or nobody would see it become faster");
    atomic_store(&balance_takes[1], 1);
    balance_sign_often(40000);
    toy_forget_calls();
    balance_sign_often(4000);
    cr_expect_gt(balance_count(1), 1200, "%lu of 4000", balance_count(1));
}

/* -- Standing by, and failing -----------------------------------------------
 */

Test(balance, leaves_who_stands_by_alone_until_no_other_can)
{
    balance_sign_often(50);
    balance_lose(0);
    balance_sign_often(50);
    cr_expect_eq(balance_count(2), 0);
    balance_lose(1);
    balance_sign_often(10);
    cr_expect_eq(balance_count(2), 10);
}

Test(balance, falls_over_as_mode_failover_does)
{
    balance_begin_on(1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_sign(balance_session, "data", &balance_result), CKR_OK);
    cr_expect_eq(balance_result.slot, TOY_SLOT(0));
    cr_expect_not(member_is_usable(balance_member(1)));
    toy_forget_calls();
    balance_sign_often(20);
    cr_expect_eq(balance_count(0), 20);
    atomic_store(&balance_member(1)->health.state, MEMBER_UP);
    toy_forget_calls();
    balance_sign_often(20);
    cr_expect_gt(balance_count(1), 5);
}
