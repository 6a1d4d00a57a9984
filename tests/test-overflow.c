/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of the overflow backend: made, read, changed, copied, destroyed. */
#include "tests/overflow-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(overflow, .init = overflow_fixture_begin,
          .fini = overflow_fixture_end);

static struct sheet
sheet_of_session(const char *label)
{
    struct sheet sheet = sheet_labelled(label);

    sheet_set_flag(&sheet, CKA_TOKEN, false);
    return sheet;
}

/* Of the token and of the session: what holds for both. */
static const bool storages[] = { true, false };

static struct sheet
sheet_in(bool is_token, const char *label)
{
    return is_token ? sheet_labelled(label) : sheet_of_session(label);
}

/* -- Reading: R1.21 -------------------------------------------------------- */

Test(overflow, shows_lengths_without_a_buffer)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "label");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet);
        CK_ATTRIBUTE asked[] = {
            { CKA_LABEL, NULL, 77 },
            { CKA_ISSUER, NULL, 77 }, /* empty */
            { CKA_CLASS, NULL, 0 },
        };

        cr_expect_eq(overflow->C_GetAttributeValue(session, object, asked, 3),
                     CKR_OK);
        cr_expect_eq(asked[0].ulValueLen, 5);
        cr_expect_eq(asked[1].ulValueLen, 0);
        cr_expect_eq(asked[2].ulValueLen, sizeof(CK_ULONG));
    }
}

Test(overflow, fills_all_it_can_whatever_else_is_wrong)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "label");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, false);
        CK_SESSION_HANDLE writing = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(writing, &sheet);
        char label[5], id[6], short_id[4];
        CK_BBOOL token;
        CK_ATTRIBUTE asked[] = {
            { CKA_LABEL, label, sizeof(label) },
            { CKA_MODULUS, label, sizeof(label) }, /* it has none */
            { CKA_ID, short_id, sizeof(short_id) },
            { CKA_ID, id, sizeof(id) },
            { CKA_OWNER, NULL, 0 }, /* of another certificate type */
            { CKA_TOKEN, &token, sizeof(token) },
        };

        memset(short_id, '-', sizeof(short_id));
        cr_expect_eq(overflow->C_GetAttributeValue(session, object, asked, 6),
                     CKR_ATTRIBUTE_TYPE_INVALID);
        cr_expect_arr_eq(label, "label", 5);
        cr_expect_eq(asked[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
        cr_expect_eq(asked[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
        cr_expect_arr_eq(short_id, "----", 4);
        cr_expect_arr_eq(id, "label", 5);
        cr_expect_eq(asked[3].ulValueLen, 5);
        cr_expect_eq(asked[4].ulValueLen, CK_UNAVAILABLE_INFORMATION);
        cr_expect_eq(token, storages[i]);
        asked[2].ulValueLen = sizeof(short_id);
        cr_expect_eq(overflow->C_GetAttributeValue(session, object, asked + 2,
                                                   2),
                     CKR_BUFFER_TOO_SMALL);
    }
}

Test(overflow, has_the_size_of_all_its_attributes)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "label");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet);
        struct store_object expected;
        CK_ULONG size = 0, n_unique_id = 0;
        CK_ATTRIBUTE unique_id = { CKA_UNIQUE_ID, NULL, 0 };

        cr_assert_eq(certificate_make(sheet.attributes, sheet.count, false,
                                      &expected),
                     CKR_OK);
        cr_expect_eq(overflow->C_GetObjectSize(session, object, &size), CKR_OK);
        cr_expect_eq(size, certificate_size(&expected));
        cr_expect_eq(overflow->C_GetAttributeValue(session, object, &unique_id,
                                                   1),
                     CKR_OK);
        n_unique_id = unique_id.ulValueLen;
        cr_expect_gt(n_unique_id, 0);
        cr_expect_lt(n_unique_id, size);
        store_object_clear(&expected);
    }
}

/* -- Changing and copying -------------------------------------------------- */

Test(overflow, changes_all_or_nothing)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "old"), change;
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet);

        change = (struct sheet){ .count = 0 };
        sheet_set_text(&change, CKA_LABEL, "new");
        sheet_set_text(&change, CKA_VALUE, "0\3abc");
        cr_expect_eq(overflow->C_SetAttributeValue(session, object,
                                                   change.attributes,
                                                   change.count),
                     CKR_ATTRIBUTE_READ_ONLY);
        cr_expect(shows(session, object, CKA_LABEL, "old"));
        sheet_remove(&change, CKA_VALUE);
        sheet_set_text(&change, CKA_ID, "");
        cr_expect_eq(overflow->C_SetAttributeValue(session, object,
                                                   change.attributes,
                                                   change.count),
                     CKR_OK);
        cr_expect(shows(session, object, CKA_LABEL, "new"));
        cr_expect(shows(session, object, CKA_ID, ""));
        cr_expect(shows(session, object, CKA_SUBJECT, "subject"));
    }
}

Test(overflow, copies_between_token_and_session)
{
    for (size_t i = 0; i < 4; i++) {
        bool from = storages[i / 2], to = storages[i % 2];
        struct sheet sheet = sheet_in(from, "original");
        struct sheet change = { .count = 0 };
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet), copy;
        CK_BBOOL token = 2;
        CK_ATTRIBUTE its = { CKA_TOKEN, &token, sizeof(token) };

        sheet_set_text(&change, CKA_LABEL, "copy");
        sheet_set_flag(&change, CKA_TOKEN, to);
        cr_assert_eq(overflow->C_CopyObject(session, object, change.attributes,
                                            change.count, &copy),
                     CKR_OK);
        cr_expect_neq(copy, object);
        cr_expect(shows(session, copy, CKA_LABEL, "copy"));
        cr_expect(shows(session, copy, CKA_ID, "original"));
        cr_expect(shows(session, object, CKA_LABEL, "original"));
        cr_expect_eq(overflow->C_GetAttributeValue(session, copy, &its, 1),
                     CKR_OK);
        cr_expect_eq(token, to);
    }
}

/* -- Destroying ------------------------------------------------------------ */

Test(overflow, is_gone_when_it_is_destroyed)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "one");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet), copy;
        CK_ULONG size;

        cr_expect_eq(overflow->C_DestroyObject(session, object), CKR_OK);
        cr_expect_eq(overflow->C_DestroyObject(session, object),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(overflow->C_GetObjectSize(session, object, &size),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(overflow->C_GetAttributeValue(session, object, NULL, 0),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(set_label(session, object, "new"),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(overflow->C_CopyObject(session, object, NULL, 0, &copy),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(count_all(session), 0);
    }
}

Test(overflow, stays_where_it_may_not_be_destroyed)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "one");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE object;

        sheet_set_flag(&sheet, CKA_DESTROYABLE, false);
        object = create(session, &sheet);
        cr_expect_eq(overflow->C_DestroyObject(session, object),
                     CKR_ACTION_PROHIBITED);
        cr_expect(shows(session, object, CKA_LABEL, "one"));
    }
}

Test(overflow, gives_no_handle_a_second_time)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "one");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_OBJECT_HANDLE first = create(session, &sheet);

        cr_assert_eq(overflow->C_DestroyObject(session, first), CKR_OK);
        cr_expect_neq(create(session, &sheet), first);
    }
}

/* -- Sessions -------------------------------------------------------------- */

Test(overflow, objects_of_a_session_go_with_it)
{
    struct sheet mine = sheet_of_session("mine"), others;
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, false);
    CK_SESSION_HANDLE other = open_session(FIRST_SLOT, false);
    CK_OBJECT_HANDLE object = create(session, &mine);

    others = sheet_of_session("other");
    create(other, &others);
    cr_expect_eq(store_asked(), 0, "a session's object was in the store");
    cr_expect(shows(other, object, CKA_LABEL, "mine"));
    cr_assert_eq(overflow->C_CloseSession(session), CKR_OK);
    cr_expect_not(shows(other, object, CKA_LABEL, "mine"));
    cr_expect_eq(count_all(other), 1);
}

Test(overflow, objects_are_of_one_token)
{
    for (size_t i = 0; i < 2; i++) {
        struct sheet sheet = sheet_in(storages[i], "one");
        CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
        CK_SESSION_HANDLE elsewhere = open_session(SECOND_SLOT, true);
        CK_OBJECT_HANDLE object = create(session, &sheet);

        cr_expect_eq(count_all(elsewhere), 0);
        cr_expect_eq(set_label(elsewhere, object, "new"),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect_eq(overflow->C_DestroyObject(elsewhere, object),
                     CKR_OBJECT_HANDLE_INVALID);
        cr_expect(shows(session, object, CKA_LABEL, "one"));
    }
}

Test(overflow, token_objects_are_only_read_in_a_read_only_session)
{
    struct sheet sheet = sheet_labelled("one"), to_token = { .count = 0 };
    struct sheet of_session = sheet_of_session("session");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, false);
    CK_SESSION_HANDLE writing = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(writing, &sheet), own, other;

    own = create(session, &of_session);
    sheet_set_flag(&to_token, CKA_TOKEN, true);
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, &other),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_CopyObject(session, object, NULL, 0, &other),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_CopyObject(session, own, to_token.attributes,
                                        to_token.count, &other),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(set_label(session, object, "new"), CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_DestroyObject(session, object),
                 CKR_SESSION_READ_ONLY);
    cr_expect(shows(session, object, CKA_LABEL, "one"));
    cr_expect_eq(set_label(session, own, "new"), CKR_OK);
    cr_expect_eq(overflow->C_DestroyObject(session, own), CKR_OK);
}

/* A session that may not write is said before any mistake of the template's,
 * arguments that are none before that. */
Test(overflow, says_first_that_the_session_is_read_only)
{
    struct sheet sheet = sheet_labelled("one"), change = { .count = 0 };
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, false);
    CK_SESSION_HANDLE writing = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object, other;

    sheet_set_flag(&sheet, CKA_MODIFIABLE, false);
    sheet_set_flag(&sheet, CKA_COPYABLE, false);
    sheet_set_flag(&sheet, CKA_DESTROYABLE, false);
    object = create(writing, &sheet);
    sheet_set_text(&change, CKA_MODULUS, "1");
    cr_expect_eq(overflow->C_SetAttributeValue(session, object,
                                               change.attributes, 1),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_CopyObject(session, object, change.attributes, 1,
                                        &other),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_DestroyObject(session, object),
                 CKR_SESSION_READ_ONLY);
    sheet_set_text(&sheet, CKA_MODULUS, "1");
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, &other),
                 CKR_SESSION_READ_ONLY);
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_CreateObject(session, NULL, 1, &other),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_SetAttributeValue(session, object, NULL, 1),
                 CKR_ARGUMENTS_BAD);
}

Test(overflow, derives_where_the_slot_says_so)
{
    /* SEQUENCE { SEQUENCE { 1, {}, issuer, {}, subject, key } } */
    static const char der[] = "0\x13\x30\x11\2\1\1\x30\0\x30\2\5\0"
                              "0\0\x30\2\1\0\x30\0";
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_SESSION_HANDLE deriving = open_session(DERIVING_SLOT, true);
    CK_OBJECT_HANDLE object;

    sheet_remove(&sheet, CKA_SUBJECT);
    sheet_set(&sheet, CKA_VALUE, der, sizeof(der) - 1);
    cr_expect_eq(overflow->C_CreateObject(session, sheet.attributes,
                                          sheet.count, &object),
                 CKR_TEMPLATE_INCOMPLETE);
    cr_expect_eq(overflow_check(FIRST_SLOT, sheet.attributes, sheet.count),
                 CKR_TEMPLATE_INCOMPLETE);
    cr_expect_eq(overflow_check(DERIVING_SLOT, sheet.attributes, sheet.count),
                 CKR_OK);
    cr_expect_eq(count_all(deriving), 0);
    object = create(deriving, &sheet);
    cr_expect(shows(deriving, object, CKA_SERIAL_NUMBER, "\2\1\1"));
}
