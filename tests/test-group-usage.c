/* SPDX-License-Identifier: BSD-3-Clause */
/* A key that may be used for something on one member of a group and not on
 * another (R7.9). */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>

TestSuite(group_usage, .init = group_start, .fini = group_finish,
          .timeout = 60);

/* What such a member says of the Init: by CKA_SIGN and the like, and by
 * CKA_ALLOWED_MECHANISMS. */
static const CK_RV refusals[] = { CKR_KEY_FUNCTION_NOT_PERMITTED,
                                  CKR_MECHANISM_INVALID };
enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

static CK_RV
sign(struct toy_result *result)
{
    CK_RV rv = router_sign_init(group_session, group_key);

    return rv == CKR_OK ? router_sign(group_session, "data", result) : rv;
}

Test(group_usage, is_that_of_the_member_that_allows_it)
{
    struct toy_result result;

    for (size_t i = 0; i < REFUSALS; i++) {
        toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, refusals[i], 1);
        cr_assert_eq(sign(&result), CKR_OK, "refusal %zu", i);
        cr_expect_eq(result.slot, TOY_SLOT(1));
        cr_expect_eq(result.number, 7);
        cr_expect(group_is_usable(0));
        cr_assert_eq(sign(&result), CKR_OK);
        cr_expect_eq(result.slot, TOY_SLOT(0));
    }
}

/* With a backend session of its own on each member. */
Test(group_usage, is_found_in_rotating_sessions)
{
    struct toy_result result;

    group_finish();
    group_start_rotating();
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    cr_assert_eq(sign(&result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(C_CloseSession(group_session), CKR_OK);
    cr_expect_eq(toy_active(0) | toy_active(1), 0);
}

Test(group_usage, is_refused_with_the_first_ones_word_where_nobody_allows_it)
{
    struct toy_result result;

    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_MECHANISM_INVALID, 1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    cr_expect_eq(sign(&result), CKR_MECHANISM_INVALID);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 1);
    cr_expect_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_expect_eq(sign(&result), CKR_OK);
}

/* Whatever the others find to say of it. */
Test(group_usage, is_refused_with_the_first_ones_word_where_others_say_more)
{
    struct toy_result result;

    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_TYPE_INCONSISTENT, 1);
    cr_expect_eq(sign(&result), CKR_KEY_FUNCTION_NOT_PERMITTED);
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_TYPE_INCONSISTENT, 1);
    cr_expect_eq(sign(&result), CKR_KEY_TYPE_INCONSISTENT);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 1);
}

/* A vendor's number may be another mechanism there. */
Test(group_usage, of_a_vendors_mechanism_is_the_members_own)
{
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED + 1, NULL, 0 };

    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(C_SignInit(group_session, &mechanism, group_key),
                 CKR_MECHANISM_INVALID);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
}

/* Without a key there is nothing that another one's key could allow. */
Test(group_usage, is_about_keys)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };

    toy_fail(TOY_SLOT(0), FUNCTION_C_DigestInit, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(C_DigestInit(group_session, &mechanism),
                 CKR_MECHANISM_INVALID);
    cr_expect_eq(group_count_on_b(FUNCTION_C_DigestInit), 0);
}

static CK_OBJECT_HANDLE on_b;

static void
start_as_three(struct config *config)
{
    router_config_token(config, "three", "A", "B", "C", NULL);
    router_start(config);
    group_session = router_session(1);
    group_key = router_find_key(group_session, CKO_PRIVATE_KEY, 7);
}

static void
start_three(void)
{
    struct config *config;

    C_Finalize(NULL);
    config = router_config();
    toy_show(1, "B");
    toy_show(2, "C");
    (void)toy_add_key(0, CKO_PRIVATE_KEY, 7);
    on_b = toy_add_key(1, CKO_PRIVATE_KEY, 7);
    (void)toy_add_key(2, CKO_PRIVATE_KEY, 7);
    start_as_three(config);
}

/* A refusal is no failure: it is no second change of members (R7.6). */
Test(group_usage, is_looked_for_on_each_member)
{
    struct toy_result result;

    start_three();
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_DEVICE_REMOVED, 1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    cr_assert_eq(sign(&result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(2));
}

/* The application has not logged in for this use, and does not know that it
 * would have to. */
Test(group_usage, that_wants_a_login_each_time_is_passed_over)
{
    struct toy_result result;

    start_three();
    toy_set_flag(toy_object(1, on_b), CKA_ALWAYS_AUTHENTICATE, true);
    cr_expect_eq(object_space_flags(router_token(1)->objects, group_key) &
                     OBJECT_ASKS_EACH_TIME,
                 0);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(2));
}

Test(group_usage, that_wants_a_login_each_time_is_not_begun_elsewhere)
{
    struct toy_result result;

    toy_set_flag(toy_object(1, group_key_on_b), CKA_ALWAYS_AUTHENTICATE, true);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_expect_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_expect_eq(group_count_on_b(FUNCTION_C_Sign), 0);
    cr_expect_eq(toy_active(1), 0);
}

/* Mode "balance" goes by that. */
Test(group_usage, that_wants_a_login_each_time_on_one_is_such_a_key)
{
    start_three();
    toy_set_flag(toy_object(1, on_b), CKA_ALWAYS_AUTHENTICATE, true);
    C_Finalize(NULL);
    start_as_three(router_config_only());
    cr_expect_neq(object_space_flags(router_token(1)->objects, group_key) &
                      OBJECT_ASKS_EACH_TIME,
                  0);
}
