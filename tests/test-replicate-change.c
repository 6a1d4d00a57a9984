/* SPDX-License-Identifier: BSD-3-Clause */
/* What is destroyed or changed on such a group is so on all. */
#include "tests/replicate-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdint.h>

static void
start(void)
{
    replicate_start(&(struct replicate_setting){ .second = NULL });
}

/* The one that can be told to refuse is the call's own. */
static void
start_reversed(void)
{
    replicate_start(&(struct replicate_setting){ .is_reversed = true });
}

TestSuite(replicate_change, .init = start, .fini = replicate_finish,
          .timeout = 120);
TestSuite(replicate_reversed, .init = start_reversed, .fini = replicate_finish,
          .timeout = 120);

/* An object that gets another label, or is destroyed, while the fault module
 * does what the line says; the object. */
static CK_OBJECT_HANDLE
change(const char *line, CK_RV expected)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    replicate_fault(line);
    cr_expect_eq(replicate_set_label(object, "new"), expected);
    return object;
}

static CK_OBJECT_HANDLE
destroy(const char *line, CK_RV expected)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    replicate_fault(line);
    cr_expect_eq(replicate_list->C_DestroyObject(replicate_session, object),
                 expected);
    return object;
}

/* -- What is changed and destroyed ----------------------------------------
 */

Test(replicate_change, what_is_destroyed_is_gone_everywhere)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    cr_assert_eq(replicate_list->C_DestroyObject(replicate_session, object),
                 CKR_OK);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("data", 0);
}

Test(replicate_change, what_one_does_not_destroy_is_not_destroyed)
{
    (void)destroy("C_DestroyObject 1 return CKR_ACTION_PROHIBITED",
                  CKR_ACTION_PROHIBITED);
    replicate_expect_count("data", 1);
    replicate_expect_on_each("data", 1);
}

Test(replicate_change, what_is_changed_is_changed_everywhere)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    cr_assert_eq(replicate_set_label(object, "new"), CKR_OK);
    replicate_expect_count("new", 1);
    replicate_expect_on_each("new", 1);
}

Test(replicate_change, what_one_does_not_change_stays_as_it_is)
{
    (void)change("C_SetAttributeValue 1 return CKR_ACTION_PROHIBITED",
                 CKR_ACTION_PROHIBITED);
    replicate_expect_on_each("data", 1);
}

Test(replicate_change, what_another_says_of_its_session_is_not_told)
{
    CK_OBJECT_HANDLE object =
        change("C_SetAttributeValue 1 return CKR_SESSION_HANDLE_INVALID",
               CKR_DEVICE_ERROR);

    replicate_expect_count("data", 1);
    cr_expect_eq(replicate_set_label(object, "new"), CKR_OK);
    replicate_expect_on_each("new", 1);
}

Test(replicate_change, what_another_says_of_its_login_is_not_told)
{
    (void)destroy("C_DestroyObject 1 return CKR_USER_NOT_LOGGED_IN",
                  CKR_DEVICE_ERROR);
    replicate_expect_on_each("data", 1);
}

/* Nobody has changed anything that could not be taken back. */
Test(replicate_change, what_another_refuses_is_not_in_doubt)
{
    (void)change("C_SetAttributeValue 1- return CKR_USER_NOT_LOGGED_IN",
                 CKR_DEVICE_ERROR);
    cr_expect_not(replicate_has_said("cannot be taken back"));
    replicate_expect_on_each("data", 1);
}

Test(replicate_change, what_may_have_been_changed_is_taken_back)
{
    (void)change("C_SetAttributeValue 1 after return CKR_GENERAL_ERROR",
                 CKR_GENERAL_ERROR);
    replicate_expect_on_each("data", 1);
}

Test(replicate_change, nothing_is_destroyed_where_a_member_is_not_logged_in)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    cr_assert_eq(replicate_list->C_Finalize(NULL), CKR_OK);
    replicate_fault("C_Login * return CKR_DEVICE_ERROR");
    replicate_open();
    /* It is the other one's answer where the first one is slow. */
    while (replicate_try_login() == CKR_DEVICE_ERROR)
        (void)sched_yield();
    key = fixture_find_pair((const CK_FUNCTION_LIST *)(const void *)
                                replicate_list,
                            replicate_session, "pair")
              .private_key;
    cr_expect_neq(replicate_list->C_DestroyObject(replicate_session, key),
                  CKR_OK);
    replicate_expect_on_each("pair", 2);
}

/* -- The call's own member refuses ----------------------------------------
 */

Test(replicate_reversed, what_was_changed_elsewhere_is_taken_back)
{
    (void)change("C_SetAttributeValue 1 return CKR_ACTION_PROHIBITED",
                 CKR_ACTION_PROHIBITED);
    replicate_expect_on_each("data", 1);
}

Test(replicate_reversed, what_it_does_not_destroy_can_be_destroyed_again)
{
    CK_OBJECT_HANDLE object =
        destroy("C_DestroyObject 1 return CKR_ACTION_PROHIBITED",
                CKR_ACTION_PROHIBITED);

    replicate_expect_count("data", 1);
    cr_expect_eq(replicate_list->C_DestroyObject(replicate_session, object),
                 CKR_OK);
    replicate_expect_on_each("data", 0);
}
