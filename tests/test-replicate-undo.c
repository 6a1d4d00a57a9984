/* SPDX-License-Identifier: BSD-3-Clause */
/* What one member of such a group cannot have the others give back; what one of
 * them does not give back is said. */
#include "tests/replicate-fixture.h"

#include <criterion/criterion.h>
#include <stdint.h>

static void
start(void)
{
    replicate_start(&(struct replicate_setting){ .has_third = true });
}

/* The one that can be told to refuse is the call's own. */
static void
start_reversed(void)
{
    replicate_start(&(struct replicate_setting){ .is_reversed = true });
}

TestSuite(replicate_undo, .init = start, .fini = replicate_finish,
          .timeout = 120);
TestSuite(replicate_undo_reversed, .init = start_reversed,
          .fini = replicate_finish, .timeout = 120);

Test(replicate_undo, what_the_last_one_cannot_have_the_others_give_back)
{
    CK_OBJECT_HANDLE object;

    replicate_fault("C_CreateObject 2 return CKR_DEVICE_MEMORY");
    cr_expect_eq(replicate_make_data(&object), CKR_DEVICE_MEMORY);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("data", 0);
}

/* Before it was asked for something that lasts. */
Test(replicate_undo, one_that_is_lost_on_the_way_leaves_nothing)
{
    CK_OBJECT_HANDLE object;

    replicate_fault("C_OpenSession 3 return CKR_DEVICE_REMOVED");
    cr_expect_eq(replicate_make_data(&object), CKR_DEVICE_ERROR);
    cr_expect_eq(replicate_count_calls("C_CreateObject"), 1,
                 "the second one has had it");
    cr_expect_eq(replicate_count_calls("C_DestroyObject"), 1);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_count("data", 0);
    replicate_expect_on_each("data", 0);
}

/* What the last one has is whole again when it is back. */
Test(replicate_undo, one_that_is_lost_with_what_it_made_is_said)
{
    CK_OBJECT_HANDLE object;

    replicate_fault("C_CreateObject 2 after return CKR_DEVICE_REMOVED");
    cr_expect_eq(replicate_make_data(&object), CKR_GENERAL_ERROR);
    cr_expect_eq(replicate_count_journal(), 1);
    replicate_expect_count("data", 1);
    replicate_finish();
    replicate_log_in();
    cr_expect_eq(replicate_make_secret(&replicate_yes), CKR_OK);
    cr_expect_eq(replicate_count_journal(), 0);
    replicate_expect_on_each("data", 1);
}

Test(replicate_undo, what_one_does_not_give_back_stays_and_is_said)
{
    CK_OBJECT_HANDLE object;

    replicate_fault("C_CreateObject 2 return CKR_DEVICE_MEMORY");
    replicate_fault("C_DestroyObject 1 return CKR_ACTION_PROHIBITED");
    cr_expect_eq(replicate_make_data(&object), CKR_GENERAL_ERROR);
    cr_expect(replicate_has_said("a copy stays on member 2"));
    replicate_expect_count("data", 1);
    replicate_expect_on("data", (CK_ULONG[]){ 1, 1, 0 });
}

Test(replicate_undo, what_one_does_not_change_back_is_said)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(replicate_make_data(&object), CKR_OK);
    replicate_fault("C_SetAttributeValue 2-3 return CKR_ACTION_PROHIBITED");
    cr_expect_eq(replicate_set_label(object, "new"), CKR_GENERAL_ERROR);
    cr_expect(replicate_has_said("cannot be taken back"));
    replicate_expect_on("new", (CK_ULONG[]){ 0, 1, 0 });
}

/* Nobody could know the two again. */
Test(replicate_undo_reversed, what_its_own_member_does_not_destroy_is_said)
{
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &replicate_yes, sizeof(replicate_yes) },
        { CKA_VALUE, (void *)(uintptr_t) "0123456789abcdef", 16 },
    };
    CK_OBJECT_HANDLE key;

    replicate_fault("C_DestroyObject 1 return CKR_ACTION_PROHIBITED");
    cr_expect_eq(replicate_list->C_CreateObject(replicate_session, template, 4,
                                                &key),
                 CKR_GENERAL_ERROR);
    cr_expect(replicate_has_said("what is made stays on member 1"));
    replicate_expect_count("", 1);
}
