/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in the store are objects of the token like others (SEMANTICS
 * 8.2 to 8.5). */
#include "tests/fixture.h"
#include "tests/spill-fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(spill_object, .fini = spill_finish, .timeout = 60);

/* -- Being ------------------------------------------------------------------
 */

/* A certificate that is in the store. */
static CK_OBJECT_HANDLE
create_in_store(unsigned i)
{
    cr_assert(spill.add_fault("C_CreateObject 1 return CKR_DEVICE_MEMORY"));
    return spill_create(i);
}

static CK_RV
set_label(CK_OBJECT_HANDLE object, const char *label)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)(uintptr_t)label,
                               strlen(label) };

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

Test(spill_object, makes_an_object_like_the_tokens)
{
    CK_OBJECT_HANDLE object, found = 0, copy = 0;
    CK_ULONG size = 0;

    spill_begin("mode = \"hybrid\";");
    object = create_in_store(0);
    cr_assert_eq(find_label("label 0", &found), 1);
    cr_assert_eq(found, object, "R2.8: the handle it had");
    cr_assert_eq(spill.list->C_GetObjectSize(spill.session, object, &size),
                 CKR_OK);
    cr_assert_gt(size, spill.certificates[0].value_length);
    cr_assert_eq(set_label(object, "another"), CKR_OK);
    cr_assert_eq(find_label("another", &found), 1);
    cr_assert_eq(spill.list->C_CopyObject(spill.session, object, NULL, 0,
                                          &copy),
                 CKR_OK);
    cr_assert_eq(find_label("another", &found), 2);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, object), CKR_OK);
    cr_assert_eq(spill.list->C_DestroyObject(spill.session, copy), CKR_OK);
    cr_assert_eq(spill_count(), 0);
    cr_assert_eq(spill.list->C_GetObjectSize(spill.session, object, &size),
                 CKR_OBJECT_HANDLE_INVALID);
}

/* R8.10 */
Test(spill_object, makes_no_key)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = create_in_store(0);
    cr_assert_eq(spill.list->C_SignInit(spill.session, &mechanism, object),
                 CKR_KEY_HANDLE_INVALID);
}

Test(spill_object, shows_once_what_is_in_both)
{
    spill_begin("mode = \"hybrid\";");
    (void)spill_create(0);
    (void)create_in_store(0);
    (void)create_in_store(1);
    cr_assert_eq(spill_count(), 2);
}

/* The session has an operation; the store is beside it. */
Test(spill_object, is_read_beside_an_operation)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = create_in_store(0);
    cr_assert_eq(spill.list->C_DigestInit(spill.session, &mechanism), CKR_OK);
    spill_check_value(object, 0);
    cr_assert_eq(spill.list->C_DigestUpdate(spill.session,
                                            (CK_BYTE *)(uintptr_t) "x", 1),
                 CKR_OK);
}

static CK_RV
init_token(void)
{
    CK_UTF8CHAR label[32];

    memset(label, ' ', sizeof(label));
    memcpy(label, "web", 3);
    return spill.list->C_InitToken(SPILL_SLOT,
                                   (CK_UTF8CHAR *)(uintptr_t)FIXTURE_SO_PIN,
                                   strlen(FIXTURE_SO_PIN), label);
}

static void
open_session(void)
{
    cr_assert_eq(spill.list->C_OpenSession(SPILL_SLOT,
                                           CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                           NULL, NULL, &spill.session),
                 CKR_OK);
}

/* R6.20 */
Test(spill_object, ends_with_the_tokens_life)
{
    spill_begin("mode = \"hybrid\";");
    (void)create_in_store(0);
    cr_assert_eq(spill.list->C_CloseAllSessions(SPILL_SLOT), CKR_OK);
    cr_assert_eq(init_token(), CKR_OK);
    open_session();
    cr_assert_eq(spill_count(), 0);
}

/* Where the store cannot be told, old certificates would reappear. */
Test(spill_object, keeps_a_token_from_being_initialised_that_it_cannot_follow)
{
    const char *store, *aside;

    spill_begin("mode = \"hybrid\";");
    store = fixture_path("state/certificates.db");
    aside = fixture_path("state/aside.db");
    (void)create_in_store(0);
    cr_assert_eq(spill.list->C_CloseAllSessions(SPILL_SLOT), CKR_OK);
    cr_assert_eq(rename(store, aside), 0);
    cr_assert_eq(mkdir(store, 0700), 0);
    cr_assert_eq(init_token(), CKR_DEVICE_ERROR);
    cr_assert_eq(spill.count_calls("C_InitToken"), 0);
    cr_assert_eq(rmdir(store), 0);
    cr_assert_eq(rename(aside, store), 0);
    open_session();
    cr_assert_eq(spill_count(), 1);
}

/* -- Growing ----------------------------------------------------------------
 */

Test(spill_object, takes_a_copy_that_the_token_has_no_room_for)
{
    CK_OBJECT_HANDLE object, copy = 0;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(spill.add_fault("C_CopyObject * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(spill.list->C_CopyObject(spill.session, object, NULL, 0,
                                          &copy),
                 CKR_OK);
    spill_check_value(copy, 0);
    cr_assert_eq(spill_count_on_token(), 1);
}

Test(spill_object, takes_one_that_has_grown)
{
    CK_OBJECT_HANDLE object, found;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(set_label(object, "a longer label"), CKR_OK);
    cr_assert_eq(find_label("a longer label", &found), 1);
    cr_assert_eq(found, object);
    cr_assert_eq(spill_count(), 1);
    cr_assert_eq(spill_count_on_token(), 0);
}

/* 8.4: what the store would refuse is the token's to answer, and nothing is
 * changed. */
static void
check_refused_growth(CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG length)
{
    CK_ATTRIBUTE change = { type, value, length };
    CK_OBJECT_HANDLE object = spill_create(0);

    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(spill.list->C_SetAttributeValue(spill.session, object, &change,
                                                 1),
                 CKR_DEVICE_MEMORY);
    spill_check_value(object, 0);
    cr_assert_eq(spill_count_on_token(), 1);
    cr_assert_eq(spill_count(), 1);
}

Test(spill_object, does_not_become_a_session_object_by_growing)
{
    CK_BBOOL no = CK_FALSE;

    spill_begin("mode = \"hybrid\";");
    check_refused_growth(CKA_TOKEN, &no, sizeof(no));
}

Test(spill_object, does_not_become_another_certificate_by_growing)
{
    spill_begin("mode = \"hybrid\";");
    check_refused_growth(CKA_VALUE, spill.certificates[1].value,
                         spill.certificates[1].value_length);
}

/* R8.3 */
Test(spill_object, does_not_grow_on_a_device_that_takes_no_command)
{
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    object = spill_create(0);
    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert(spill.add_fault("C_GenerateRandom * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(set_label(object, "longer"), CKR_DEVICE_MEMORY);
    cr_assert_eq(spill_count_on_token(), 1);
}

/* What lives and dies with its session stays where it is. */
Test(spill_object, of_a_session_does_not_move)
{
    struct certificate_template template;
    CK_OBJECT_HANDLE object;

    spill_begin("mode = \"hybrid\";");
    certificate_template(&spill.certificates[0], CK_FALSE, &template);
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES, &object),
                 CKR_OK);
    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(set_label(object, "longer"), CKR_DEVICE_MEMORY);
    spill_check_value(object, 0);
}

/* Nothing in the store is to be trusted (8.3). */
Test(spill_object, that_is_trusted_does_not_move)
{
    struct certificate_template template;
    CK_ATTRIBUTE attributes[CERTIFICATE_ATTRIBUTES + 1];
    CK_BBOOL yes = CK_TRUE, is_trusted = CK_FALSE;
    CK_ATTRIBUTE trusted = { CKA_TRUSTED, &is_trusted, sizeof(is_trusted) };
    CK_OBJECT_HANDLE object;

    spill_load();
    spill_configure("mode = \"hybrid\";", "create_unchecked = false;");
    spill_start();
    cr_assert_eq(spill.list->C_Login(spill.session, CKU_SO,
                                     (CK_UTF8CHAR *)(uintptr_t)FIXTURE_SO_PIN,
                                     strlen(FIXTURE_SO_PIN)),
                 CKR_OK);
    certificate_template(&spill.certificates[0], CK_TRUE, &template);
    memcpy(attributes, template.attributes, sizeof(template.attributes));
    attributes[CERTIFICATE_ATTRIBUTES] =
        (CK_ATTRIBUTE){ CKA_TRUSTED, &yes, sizeof(yes) };
    cr_assert_eq(spill.list->C_CreateObject(spill.session, attributes,
                                            CERTIFICATE_ATTRIBUTES + 1,
                                            &object),
                 CKR_OK);
    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert_eq(set_label(object, "longer"), CKR_DEVICE_MEMORY);
    cr_assert_eq(spill.list->C_GetAttributeValue(spill.session, object,
                                                 &trusted, 1),
                 CKR_OK);
    cr_assert_eq(is_trusted, CK_TRUE);
    cr_assert_eq(spill_count_on_token(), 1);
}

/* DESIGN 6: one that a token cannot delete stays, and is the only one. */
Test(spill_object, stays_where_it_cannot_be_deleted)
{
    CK_OBJECT_HANDLE object;

    spill_load();
    spill_configure("mode = \"hybrid\";", "create_unchecked = false;");
    spill_start();
    spill_log_in();
    object = spill_create(0);
    cr_assert(
        spill.add_fault("C_SetAttributeValue * return CKR_DEVICE_MEMORY"));
    cr_assert(
        spill.add_fault("C_DestroyObject 1 return CKR_ACTION_PROHIBITED"));
    cr_assert_eq(set_label(object, "longer"), CKR_ACTION_PROHIBITED);
    spill_check_value(object, 0);
    cr_assert_eq(spill_count(), 1);
    cr_assert_eq(spill_count_on_token(), 1);
}
