/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates on the token that are copied or changed where it has no room for
 * the result (SEMANTICS 8.1, 8.5). */
#include "tests/fixture.h"
#include "tests/spill-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(spill_copy, .fini = spill_finish, .timeout = 60);

/* With a CKA_ID of its own: else a search shows it and the original once. */
static CK_RV
copy(CK_OBJECT_HANDLE object, const char *label, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE attributes[] = {
        { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
        { CKA_ID, (void *)(uintptr_t)label, strlen(label) },
    };

    *out = 0;
    return spill.list->C_CopyObject(spill.session, object, attributes, 2, out);
}

static CK_RV
change(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const char *value)
{
    CK_ATTRIBUTE attribute = { type, (void *)(uintptr_t)value, strlen(value) };

    return spill.list->C_SetAttributeValue(spill.session, object, &attribute,
                                           1);
}

static CK_ULONG
find_label(const char *label, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)(uintptr_t)label,
                               strlen(label) };

    return certificate_find(spill.list, spill.session, &attribute, 1, out);
}

/* A certificate on the token, whose settings are others from now on. */
static CK_OBJECT_HANDLE
make_before(const char *settings, const char *module)
{
    CK_OBJECT_HANDLE object = 0;

    spill_load();
    spill_configure("mode = \"hybrid\";", module);
    spill_start();
    spill_log_in();
    (void)spill_create(0);
    cr_assert_eq(spill.list->C_Finalize(NULL), CKR_OK);
    spill_configure(settings, module);
    spill_start();
    spill_log_in();
    cr_assert_eq(find_label("label 0", &object), 1);
    return object;
}

static void
check_copied_in_store(CK_OBJECT_HANDLE object)
{
    CK_OBJECT_HANDLE made, found = 0;

    cr_assert_eq(copy(object, "copy", &made), CKR_OK);
    spill_check_value(made, 0);
    cr_assert_eq(find_label("copy", &found), 1);
    cr_assert_eq(found, made);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 2);
}

/* -- Where the token is not to have it --------------------------------------
 */

Test(spill_copy, of_mode_store_is_in_the_store)
{
    check_copied_in_store(make_before("mode = \"store\";", ""));
    cr_assert_eq(spill.count_calls("C_CopyObject"), 0);
}

Test(spill_copy, of_mode_store_that_is_a_session_object_is_the_tokens)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"store\";", ""), made = 0;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE session = { CKA_TOKEN, &no, sizeof(no) };

    cr_assert_eq(spill.list->C_CopyObject(spill.session, object, &session, 1,
                                          &made),
                 CKR_OK);
    cr_assert_eq(spill.count_calls("C_CopyObject"), 1);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, made), CKR_OK);
}

/* What becomes a token object by its copy goes where those go. */
Test(spill_copy, of_mode_store_of_a_session_object_is_in_the_store)
{
    struct certificate_template template;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE token = { CKA_TOKEN, &yes, sizeof(yes) };
    CK_OBJECT_HANDLE object, made = 0;

    spill_begin("mode = \"store\";");
    certificate_template(&spill.certificates[0], CK_FALSE, &template);
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    cr_assert_eq(spill.list->C_CopyObject(spill.session, object, &token, 1,
                                          &made),
                 CKR_OK);
    spill_check_value(made, 0);
    cr_assert_eq(spill_count_on_token(), 0);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, object), CKR_OK);
    cr_assert_eq(spill_count(), 1);
}

Test(spill_copy, at_the_most_that_the_token_is_to_have_is_in_the_store)
{
    check_copied_in_store(make_before("mode = \"hybrid\"; max = 1;", ""));
    cr_assert_eq(spill.count_calls("C_CopyObject"), 0);
}

Test(spill_copy, that_is_too_large_for_the_token_is_in_the_store)
{
    check_copied_in_store(
        make_before("mode = \"hybrid\"; max_size = 100;", ""));
}

/* 8.5: what the store refuses is not made anywhere. */
Test(spill_copy, obeys_the_stores_rules)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"store\";", ""), made;
    CK_ATTRIBUTE value = { CKA_VALUE, spill.certificates[1].value,
                           spill.certificates[1].value_length };
    CK_SESSION_HANDLE read_only;

    cr_assert_eq(spill.list->C_CopyObject(spill.session, object, &value, 1,
                                          &made),
                 CKR_ATTRIBUTE_READ_ONLY);
    cr_assert_eq(spill.list->C_OpenSession(SPILL_SLOT, CKF_SERIAL_SESSION, NULL,
                                           NULL, &read_only),
                 CKR_OK);
    cr_assert_eq(spill.list->C_CopyObject(read_only, object, NULL, 0, &made),
                 CKR_SESSION_READ_ONLY);
    cr_assert_eq(spill.list->C_Logout(spill.session), CKR_OK);
    cr_assert_eq(copy(object, "copy", &made), CKR_USER_NOT_LOGGED_IN, "R8.14");
    cr_assert_eq(spill_count(), 1);
}

/* -- A full disk: the token says what is not true ---------------------------
 */

static const char full[] = "C_CreateObject * return CKR_GENERAL_ERROR";

Test(spill_copy, that_the_disk_does_not_keep_is_in_the_store)
{
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault(full));
    check_copied_in_store(object);
}

/* One like it is no proof that this one was made. */
Test(spill_copy, leaves_what_was_there_before_a_failure)
{
    spill_begin("mode = \"hybrid\";");
    (void)spill_create(0);
    cr_assert(spill.add_fault(full));
    (void)spill_create(0);
    cr_assert_eq(spill_count_on_token(), 1);
}

Test(spill_copy, that_the_disk_keeps_is_the_tokens)
{
    CK_OBJECT_HANDLE made;

    spill_begin("mode = \"hybrid\";");
    cr_assert_eq(copy(spill_create(0), "copy", &made), CKR_OK);
    spill_check_value(made, 0);
    cr_assert_eq(spill_count_on_token(), 2);
}

Test(spill_copy, of_another_object_is_the_tokens)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "copy", 4 };
    CK_OBJECT_HANDLE key = 0, made = 0;
    CK_ATTRIBUTE id = { CKA_ID, (void *)(uintptr_t) "key", 3 };

    spill_begin("mode = \"store\"; max = 1;");
    certificate_make_key(spill.list, spill.session, "key");
    cr_assert_eq(certificate_find(spill.list, spill.session, &id, 1, &key), 1);
    cr_assert(spill.add_fault(full));
    cr_assert_eq(spill.list->C_CopyObject(spill.session, key, &label, 1, &made),
                 CKR_OK);
    cr_assert_eq(spill.list->C_SetAttributeValue(spill.session, made, &id, 1),
                 CKR_OK);
}

/* SoftHSM writes what it changes over what there was. */
Test(spill_copy, of_what_is_changed_on_a_full_disk_comes_first)
{
    CK_OBJECT_HANDLE object, found = 0;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault(full));
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_OK);
    cr_assert_eq(spill.count_calls("C_SetAttributeValue"), 0);
    cr_assert_eq(find_label("another", &found), 1);
    cr_assert_eq(found, object);
    spill_check_value(object, 0);
    cr_assert_eq(spill_count_on_token(), 0);
    cr_assert_eq(spill_count(), 1);
}

/* It says that it could not destroy its own, and has done it. */
Test(spill_copy, of_what_the_token_has_destroyed_after_all_stays)
{
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault(full));
    cr_assert(
        spill.add_fault("C_DestroyObject 1 after return CKR_FUNCTION_FAILED"));
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_FUNCTION_FAILED);
    cr_assert_eq(spill_count_on_token(), 0);
    cr_assert_eq(spill_count(), 1);
    spill_check_value(object, 0);
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_OK);
}

Test(spill_copy, of_what_the_token_does_not_destroy_goes)
{
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault(full));
    cr_assert(spill.add_fault("C_DestroyObject 1 return CKR_FUNCTION_FAILED"));
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_FUNCTION_FAILED);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 1);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, object), CKR_OK);
    cr_assert_eq(spill_count(), 0);
}

/* What is a key is not read, and the token's answer is the answer. */
Test(spill_copy, of_a_key_without_room_is_the_tokens_to_refuse)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG length = 16;
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
    };
    CK_OBJECT_HANDLE key = 0, made = 0;

    spill_begin("mode = \"hybrid\";");
    cr_assert_eq(spill.list->C_GenerateKey(spill.session, &mechanism, template,
                                           3, &key),
                 CKR_OK);
    cr_assert(
        spill.add_fault("C_SetAttributeValue 1 return CKR_DEVICE_MEMORY"));
    cr_assert_eq(change(key, CKA_LABEL, "key"), CKR_DEVICE_MEMORY);
    cr_assert(spill.add_fault("C_CopyObject 1 return CKR_DEVICE_MEMORY"));
    cr_assert_eq(copy(key, "copy", &made), CKR_DEVICE_MEMORY);
}

Test(spill_copy, of_what_may_not_be_changed_on_a_full_disk_is_none)
{
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault(full));
    cr_assert_eq(change(object, CKA_SUBJECT, "another"),
                 CKR_ATTRIBUTE_READ_ONLY);
    spill_check_value(object, 0);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 1);
}

/* -- Uncertain outcomes (R8.4) ----------------------------------------------
 */

static const char uncertain[] = "room_errors = ( \"CKR_FUNCTION_FAILED\" ); "
                                "create_unchecked = false;";

Test(spill_copy, that_was_made_though_the_token_said_no_is_made_once)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"hybrid\";", uncertain);
    CK_OBJECT_HANDLE made, found = 0;

    cr_assert(
        spill.add_fault("C_CopyObject 1 after return CKR_FUNCTION_FAILED"));
    cr_assert_eq(copy(object, "copy", &made), CKR_OK);
    cr_assert_eq(find_label("copy", &found), 1);
    cr_assert_eq(found, made);
    cr_assert_eq(spill_count_on_token(), 2);
    cr_assert_eq(spill_count(), 2);
}

Test(spill_copy, that_was_not_made_is_in_the_store)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"hybrid\";", uncertain);

    cr_assert(spill.add_fault("C_CopyObject 1 return CKR_FUNCTION_FAILED"));
    check_copied_in_store(object);
}

Test(spill_copy, of_what_was_changed_though_the_token_said_no_is_none)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"hybrid\";", uncertain);

    cr_assert(spill.add_fault(
        "C_SetAttributeValue 1 after return CKR_FUNCTION_FAILED"));
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_OK);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 1);
}

Test(spill_copy, of_what_was_not_changed_takes_its_place)
{
    CK_OBJECT_HANDLE object = make_before("mode = \"hybrid\";", uncertain);
    CK_OBJECT_HANDLE found = 0;

    cr_assert(
        spill.add_fault("C_SetAttributeValue 1 return CKR_FUNCTION_FAILED"));
    cr_assert_eq(change(object, CKA_LABEL, "another"), CKR_OK);
    cr_assert_eq(find_label("another", &found), 1);
    cr_assert_eq(found, object);
    cr_assert_eq(spill_count_on_token(), 0);
    cr_assert_eq(spill_count(), 1);
}
