/* SPDX-License-Identifier: BSD-3-Clause */
/* What is made on a group that writes on all of its members is on all, or on
 * none. */
#include "tests/replicate-fixture.h"

#include <criterion/criterion.h>
#include <stdint.h>

static void
start(void)
{
    replicate_start(&(struct replicate_setting){ .second = NULL });
}

static void
start_without_second(void)
{
    replicate_start(&(struct replicate_setting){ .second = "missing" });
}

TestSuite(replicate, .init = start, .fini = replicate_finish, .timeout = 120);
TestSuite(replicate_alone, .init = start_without_second,
          .fini = replicate_finish, .timeout = 120);

/* -- What is made ---------------------------------------------------------
 */

Test(replicate, a_pair_is_on_all_and_shown_once)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    replicate_expect_count("pair", 2);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_on_each("pair", 2);
}

Test(replicate, a_secret_key_is_on_all_and_shown_once)
{
    cr_assert_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    replicate_expect_count("secret", 1);
    replicate_expect_on_each("secret", 1);
}

Test(replicate, what_is_created_is_on_all)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    replicate_expect_count("data", 1);
    replicate_expect_on_each("data", 1);
}

Test(replicate, what_is_copied_is_copied_everywhere)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "copy", 4 };
    CK_OBJECT_HANDLE object, copy;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    cr_assert_eq(replicate_list->C_CopyObject(replicate_session, object, &label,
                                              1, &copy),
                 CKR_OK);
    replicate_expect_count("copy", 1);
    replicate_expect_on_each("copy", 1);
}

Test(replicate, an_object_of_the_session_is_made_once)
{
    cr_assert_eq(replicate_make_secret(&replicate_no), CKR_OK);
    replicate_expect_on_each("secret", 0);
}

Test(replicate, a_key_that_may_not_leave_is_not_made)
{
    CK_OBJECT_HANDLE key;

    cr_expect_eq(replicate_make_pair(&replicate_no, &key),
                 CKR_TEMPLATE_INCONSISTENT);
    cr_expect_eq(replicate_make_pair(NULL, &key), CKR_TEMPLATE_INCONSISTENT);
    replicate_expect_count("pair", 0);
    replicate_expect_on_each("pair", 0);
}

Test(replicate, a_key_with_the_name_of_another_one_is_not_made)
{
    CK_OBJECT_HANDLE key;

    cr_assert_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key),
                 CKR_TEMPLATE_INCONSISTENT);
    replicate_expect_on_each("pair", 2);
}

Test(replicate, a_key_that_no_mechanism_copies_is_not_made)
{
    replicate_fault("C_UnwrapKey * return CKR_MECHANISM_INVALID");
    cr_expect_eq(replicate_make_secret(&replicate_yes), CKR_FUNCTION_FAILED);
    replicate_expect_on_each("secret", 0);
}

Test(replicate, what_one_cannot_have_nobody_has)
{
    CK_OBJECT_HANDLE key;

    replicate_fault("C_UnwrapKey 5 return CKR_DEVICE_MEMORY");
    cr_expect_eq(replicate_make_pair(&replicate_yes, &key), CKR_DEVICE_MEMORY);
    replicate_expect_count("pair", 0);
    cr_expect_eq(replicate_count_journal(), 0);
    cr_assert_eq(replicate_make_pair(&replicate_yes, &key), CKR_OK);
    replicate_expect_on_each("pair", 2);
}

Test(replicate_alone, nothing_is_made_while_one_is_away)
{
    CK_OBJECT_HANDLE object;
    CK_TOKEN_INFO info;

    cr_expect_eq(replicate_make_data(&object), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(replicate_make_secret(&replicate_no), CKR_OK);
    cr_assert_eq(replicate_list->C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_neq(info.flags & CKF_WRITE_PROTECTED, 0);
}
