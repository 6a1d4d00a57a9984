/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches on a group of which a member has no part (R7.19). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;

/* Both have key 7, each has one of its own. */
static void
start(bool needs_all)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].needs_all = needs_all;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < 2; i++) {
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 7);
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 8 + i);
    }
    router_start(config);
    session = router_session(1);
}

static void
start_needing_all(void)
{
    start(true);
}

static void
start_as_it_is(void)
{
    start(false);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(group_search, .init = start_as_it_is, .fini = finish);
TestSuite(group_search_whole, .init = start_needing_all, .fini = finish);

static size_t
count(void)
{
    CK_OBJECT_HANDLE objects[8];

    return router_find_all(session, objects, 8);
}

static CK_RV
begin(void)
{
    return C_FindObjectsInit(session, NULL, 0);
}

Test(group_search, shows_what_is_there)
{
    cr_expect_eq(count(), 3);
    router_lose(1);
    cr_expect_eq(count(), 2);
}

Test(group_search_whole, shows_all_or_fails)
{
    cr_expect_eq(count(), 3);
    router_lose(1);
    cr_expect_eq(begin(), CKR_DEVICE_ERROR);
    cr_expect_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}

Test(group_search_whole, fails_where_a_member_does)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_FindObjectsInit,
             CKR_ATTRIBUTE_VALUE_INVALID, 1);
    cr_expect_eq(begin(), CKR_DEVICE_ERROR);
    cr_expect_eq(count(), 3);
}

/* What the others have is not all that there is. */
Test(group_search, is_refused_where_an_operation_is_in_its_way_on_one)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_FindObjectsInit, CKR_OPERATION_ACTIVE, 1);
    cr_expect_eq(begin(), CKR_OPERATION_ACTIVE);
    cr_expect_eq(count(), 3);
}

/* -- R7.21 -------------------------------------------------------------------
 */

Test(group_search, shows_what_is_built_in_of_the_first_member_alone)
{
    (void)toy_add_key(0, CKO_HW_FEATURE, 20);
    (void)toy_add_key(1, CKO_HW_FEATURE, 21);
    (void)toy_add_key(1, CKO_VALIDATION, 22);
    cr_expect_eq(count(), 4);
    router_lose(0);
    cr_expect_eq(count(), 4, "the second one's keys, and what it has built in");
}

static void
add_profile(unsigned toy, CK_ULONG number, CK_ULONG profile)
{
    toy_set(toy_object(toy, toy_add_key(toy, CKO_PROFILE, number)),
            CKA_PROFILE_ID, &profile, sizeof(profile));
}

Test(group_search, shows_profiles_that_all_members_have)
{
    CK_OBJECT_CLASS profile_class = CKO_PROFILE;
    CK_MECHANISM_TYPE sign = CKM_RSA_PKCS;
    CK_ATTRIBUTE profiles = { CKA_CLASS, &profile_class,
                              sizeof(profile_class) };
    CK_OBJECT_HANDLE objects[8];
    CK_ULONG n = 0;

    add_profile(0, 20, CKP_BASELINE_PROVIDER);
    add_profile(0, 21, CKP_EXTENDED_PROVIDER);
    add_profile(1, 22, CKP_AUTHENTICATION_TOKEN);
    add_profile(1, 23, CKP_BASELINE_PROVIDER);
    toy_set(toy_object(0, toy_add_key(0, CKO_MECHANISM, 24)),
            CKA_MECHANISM_TYPE, &sign, sizeof(sign));
    cr_expect_eq(count(), 4, "three keys and the one profile of both");
    router_lose(0);
    cr_expect_eq(count(), 3, "two keys, and that profile");
    cr_assert_eq(C_FindObjectsInit(session, &profiles, 1), CKR_OK);
    cr_assert_eq(C_FindObjects(session, objects, 8, &n), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_expect_eq(n, 1);
}

static struct toy_object *
add_trust(unsigned toy, CK_ULONG number, CK_ULONG serial, CK_ULONG trust)
{
    struct toy_object *object =
        toy_object(toy, toy_add_key(toy, CKO_TRUST, number));

    toy_set(object, CKA_LABEL, "trust", 5);
    toy_set(object, CKA_ISSUER, "issuer", 6);
    toy_set(object, CKA_SERIAL_NUMBER, &serial, sizeof(serial));
    toy_set(object, CKA_TRUST_SERVER_AUTH, &trust, sizeof(trust));
    return object;
}

/* One that trusts the same certificate for something else is another. */
Test(group_search, shows_trust_of_a_certificate_once)
{
    (void)add_trust(0, 20, 1, CKT_TRUSTED);
    (void)add_trust(1, 21, 1, CKT_TRUSTED);
    cr_expect_eq(count(), 4);
    (void)add_trust(1, 22, 2, CKT_TRUSTED);
    (void)add_trust(1, 23, 1, CKT_NOT_TRUSTED);
    cr_expect_eq(count(), 6);
}

/* -- R7.18 -------------------------------------------------------------------
 */

static size_t
count_public(void)
{
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE wanted = { CKA_PRIVATE, &no, sizeof(no) };
    CK_OBJECT_HANDLE objects[8];
    CK_ULONG n = 0;

    cr_assert_eq(C_FindObjectsInit(session, &wanted, 1), CKR_OK);
    cr_assert_eq(C_FindObjects(session, objects, 8, &n), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    return n;
}

static bool
is_private(CK_OBJECT_HANDLE object)
{
    CK_BBOOL yes_or_no = 2, is_token;
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_PRIVATE, &yes_or_no, sizeof(yes_or_no) },
    };

    cr_assert_eq(C_GetAttributeValue(session, object, template, 2), CKR_OK);
    cr_assert_lt(yes_or_no, 2);
    return yes_or_no == CK_TRUE;
}

/* Whichever of the members it is private on. */
static void
check_privacy(unsigned is_private_on)
{
    CK_UTF8CHAR pin[] = "pin";
    CK_OBJECT_HANDLE one, other, objects[8];

    for (unsigned i = 0; i < 2; i++)
        toy_set_flag(toy_object(i, toy_add_key(i, CKO_PUBLIC_KEY, 30)),
                     CKA_PRIVATE, i == is_private_on);
    (void)toy_add_key(1, CKO_PUBLIC_KEY, 31);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 3), CKR_OK);
    cr_expect_eq(router_find_all(session, objects, 8), 5);
    one = router_find_key(session, CKO_PUBLIC_KEY, 30);
    other = router_find_key(session, CKO_PUBLIC_KEY, 31);
    cr_expect(is_private(one));
    cr_expect_not(is_private(other));
    cr_expect_eq(count_public(), 1);
    router_lose(0);
    cr_expect(is_private(one), "also on the one that says that it is public");
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(C_GetObjectSize(session, one, &(CK_ULONG){ 0 }),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_not(is_private(other));
}

Test(group_search, takes_what_is_private_on_the_first_member_for_private)
{
    check_privacy(0);
}

Test(group_search, takes_what_is_private_on_the_second_member_for_private)
{
    check_privacy(1);
}
