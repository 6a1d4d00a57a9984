/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches on the overflow backend (R8.11). */
#include "tests/overflow-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(overflow_find, .init = overflow_fixture_begin,
          .fini = overflow_fixture_end);

/* Rows that share values with each other in every way. */
static const struct {
    const char *label, *id, *subject, *issuer, *serial, *value;
} objects[] = {
    { "a", "1", "s", "i", "1", "0\1a" },  { "a", "1", "s", "i", "2", "0\1a" },
    { "a", "2", "t", "j", "1", "0\1b" },  { "b", "1", "t", "i", "", "0\1b" },
    { "b", "", "s", "j", "1", "0\1c" },   { "", "1", "s", "", "1", "0\1a" },
    { "A", "11", "ss", "i", "", "0\1c" },
};
enum { OBJECTS = sizeof(objects) / sizeof(objects[0]) };

static const CK_ATTRIBUTE_TYPE searched[] = { CKA_LABEL,         CKA_ID,
                                              CKA_SUBJECT,       CKA_ISSUER,
                                              CKA_SERIAL_NUMBER, CKA_VALUE };
enum { SEARCHED = sizeof(searched) / sizeof(searched[0]) };

static const char *
value_of(size_t object, size_t attribute)
{
    const char *const values[SEARCHED] = {
        objects[object].label,  objects[object].id,     objects[object].subject,
        objects[object].issuer, objects[object].serial, objects[object].value
    };

    return values[attribute];
}

static struct sheet
sheet_of_object(size_t object, bool is_token)
{
    struct sheet sheet = sheet_of(CKC_X_509);

    for (size_t i = 0; i < SEARCHED; i++)
        sheet_set_text(&sheet, searched[i], value_of(object, i));
    sheet_set_flag(&sheet, CKA_TOKEN, is_token);
    return sheet;
}

/* Whether the object has what the set of the other one's attributes says. */
static bool
is_expected(size_t object, size_t like, unsigned set)
{
    for (size_t i = 0; i < SEARCHED; i++)
        if ((set >> i & 1) != 0 &&
            strcmp(value_of(object, i), value_of(like, i)) != 0)
            return false;
    return true;
}

static void
check_combinations(bool is_token)
{
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE handles[OBJECTS], found[MOST_FOUND];

    for (size_t i = 0; i < OBJECTS; i++) {
        struct sheet sheet = sheet_of_object(i, is_token);

        handles[i] = create(session, &sheet);
    }
    for (size_t like = 0; like < OBJECTS; like++)
        for (unsigned set = 0; set < 1u << SEARCHED; set++) {
            struct sheet template = { .count = 0 };
            size_t n_found, n_expected = 0;

            for (size_t i = 0; i < SEARCHED; i++)
                if ((set >> i & 1) != 0)
                    sheet_set_text(&template, searched[i], value_of(like, i));
            n_found = find(session, &template, found);
            for (size_t i = 0; i < OBJECTS; i++)
                if (is_expected(i, like, set)) {
                    cr_assert_lt(n_expected, n_found, "%zu, set %x", like, set);
                    cr_expect_eq(found[n_expected++], handles[i]);
                }
            cr_expect_eq(n_found, n_expected, "%zu, set %x", like, set);
        }
}

Test(overflow_find, finds_token_objects_by_every_combination)
{
    check_combinations(true);
}

Test(overflow_find, finds_session_objects_by_every_combination)
{
    check_combinations(false);
}

/* -- Single templates ------------------------------------------------------ */

static const struct {
    const char *what;
    struct change change;
    bool finds;
    bool asks_store;
} templates[] = {
    { "class", NUMBER(CKA_CLASS, CKO_CERTIFICATE), true, true },
    { "another class", NUMBER(CKA_CLASS, CKO_DATA), false, false },
    { "type", NUMBER(CKA_CERTIFICATE_TYPE, CKC_X_509), true, true },
    { "another type", NUMBER(CKA_CERTIFICATE_TYPE, CKC_WTLS), false, true },
    { "no type", NUMBER(CKA_CERTIFICATE_TYPE, 77), false, false },
    { "token", SET(CKA_TOKEN, "\1"), true, true },
    { "session", SET(CKA_TOKEN, "\0"), false, false },
    { "token, 2", SET(CKA_TOKEN, "\2"), false, false },
    { "default category", NUMBER(CKA_CERTIFICATE_CATEGORY, 0), true, true },
    { "category, short", SET(CKA_CERTIFICATE_CATEGORY, "\0\0\0\0"), false,
      false },
    { "default flag", SET(CKA_MODIFIABLE, "\1"), true, true },
    { "other flag", SET(CKA_MODIFIABLE, "\0"), false, true },
    { "private", SET(CKA_PRIVATE, "\1"), false, true },
    { "label", SET(CKA_LABEL, "one"), true, true },
    { "longer label", SET(CKA_LABEL, "one "), false, true },
    { "shorter label", SET(CKA_LABEL, "on"), false, true },
    { "empty label", SET(CKA_LABEL, ""), false, true },
    { "empty issuer", SET(CKA_ISSUER, ""), true, true },
    { "empty issuer, no pointer", NO_POINTER(CKA_ISSUER, 0), true, true },
    { "issuer, no pointer", NO_POINTER(CKA_ISSUER, 3), false, false },
    { "value that is no DER", SET(CKA_VALUE, "x"), false, true },
    { "value, no pointer", NO_POINTER(CKA_VALUE, 3), false, false },
    { "attribute of another type", SET(CKA_OWNER, ""), false, true },
    { "attribute of another class", SET(CKA_MODULUS, ""), false, false },
    { "attribute of a vendor", SET(CKA_VENDOR_DEFINED, "1"), false, false },
    { "unique id of none", SET(CKA_UNIQUE_ID, "none"), false, true },
};

Test(overflow_find, matches_byte_by_byte_and_never_fails)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), found[MOST_FOUND];

    for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        struct sheet template = { .count = 0 };
        unsigned before = store_asked();
        size_t n_found;

        sheet_change(&template, &templates[i].change);
        n_found = find(session, &template, found);
        cr_expect_eq(n_found, templates[i].finds, "%s", templates[i].what);
        if (n_found == 1)
            cr_expect_eq(found[0], object, "%s", templates[i].what);
        cr_expect_eq(store_asked() != before, templates[i].asks_store, "%s",
                     templates[i].what);
    }
}

/* As C_GetAttributeValue leaves it, of whatever the session may not read. */
Test(overflow_find, a_length_that_is_none_finds_nothing_and_is_not_read)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE found;
    CK_ULONG count;
    char byte = 'x';

    create(session, &sheet);
    for (size_t i = 0; i < SEARCHED; i++) {
        CK_ATTRIBUTE template = { searched[i], &byte,
                                  CK_UNAVAILABLE_INFORMATION };

        cr_assert_eq(overflow->C_FindObjectsInit(session, &template, 1),
                     CKR_OK);
        cr_expect_eq(overflow->C_FindObjects(session, &found, 1, &count),
                     CKR_OK);
        cr_expect_eq(count, 0);
        cr_expect_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
    }
}

Test(overflow_find, finds_by_unique_id)
{
    struct sheet sheet = sheet_labelled("one"), template = { .count = 0 };
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), found[MOST_FOUND];
    char id[64];
    CK_ATTRIBUTE its = { CKA_UNIQUE_ID, id, sizeof(id) };

    create(session, &sheet);
    cr_assert_eq(overflow->C_GetAttributeValue(session, object, &its, 1),
                 CKR_OK);
    sheet_set(&template, CKA_UNIQUE_ID, id, its.ulValueLen);
    cr_assert_eq(find(session, &template, found), 1);
    cr_expect_eq(found[0], object);
}

Test(overflow_find, finds_what_was_changed_by_its_new_values)
{
    struct sheet sheet = sheet_labelled("old"), template = { .count = 0 };
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), found[MOST_FOUND];

    cr_assert_eq(set_label(session, object, "new"), CKR_OK);
    sheet_set_text(&template, CKA_LABEL, "old");
    cr_expect_eq(find(session, &template, found), 0);
    sheet_set_text(&template, CKA_LABEL, "new");
    cr_expect_eq(find(session, &template, found), 1);
}

Test(overflow_find, finds_objects_of_token_and_session_together)
{
    struct sheet token = sheet_labelled("one"), session_only = token;
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE of_token = create(session, &token), of_session;
    CK_OBJECT_HANDLE found[MOST_FOUND];

    sheet_set_flag(&session_only, CKA_TOKEN, false);
    of_session = create(session, &session_only);
    sheet_remove(&token, CKA_TOKEN);
    cr_assert_eq(find(session, &token, found), 2);
    cr_expect_eq(found[0], of_token);
    cr_expect_eq(found[1], of_session);
    cr_assert_eq(find(session, &session_only, found), 1);
    cr_expect_eq(found[0], of_session);
}

/* -- The operation --------------------------------------------------------- */

Test(overflow_find, gives_as_many_as_there_is_room_for)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE created[3], found[4] = { 0 };
    CK_ULONG count;

    for (size_t i = 0; i < 3; i++)
        created[i] = create(session, &sheet);
    cr_assert_eq(overflow->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_expect_eq(overflow->C_FindObjects(session, found, 2, &count), CKR_OK);
    cr_expect_eq(count, 2);
    cr_expect_eq(overflow->C_FindObjects(session, NULL, 0, &count), CKR_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(overflow->C_FindObjects(session, found + 2, 2, &count),
                 CKR_OK);
    cr_expect_eq(count, 1);
    cr_expect_arr_eq(found, created, sizeof(created));
    cr_expect_eq(overflow->C_FindObjects(session, found, 2, &count), CKR_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
}

Test(overflow_find, is_one_operation_of_its_session)
{
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_SESSION_HANDLE other = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE found;
    CK_ULONG count;

    cr_expect_eq(overflow->C_FindObjects(session, &found, 1, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_expect_eq(overflow->C_FindObjectsFinal(session),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_expect_eq(overflow->C_FindObjectsInit(session, NULL, 1),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(overflow->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_expect_eq(overflow->C_FindObjectsInit(session, NULL, 0),
                 CKR_OPERATION_ACTIVE);
    cr_expect_eq(overflow->C_FindObjectsInit(other, NULL, 0), CKR_OK);
    cr_expect_eq(overflow->C_FindObjects(session, NULL, 1, &count),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_FindObjects(session, &found, 1, NULL),
                 CKR_ARGUMENTS_BAD);
    cr_expect_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
    cr_expect_eq(overflow->C_FindObjectsFinal(session),
                 CKR_OPERATION_NOT_INITIALIZED);
    /* One that is still active ends with its session. */
    cr_expect_eq(overflow->C_CloseSession(other), CKR_OK);
}

Test(overflow_find, is_a_snapshot)
{
    struct sheet sheet = sheet_labelled("one");
    CK_SESSION_HANDLE session = open_session(FIRST_SLOT, true);
    CK_OBJECT_HANDLE object = create(session, &sheet), found[MOST_FOUND];
    CK_ULONG count;

    cr_assert_eq(overflow->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    create(session, &sheet);
    cr_expect_eq(overflow->C_FindObjects(session, found, MOST_FOUND, &count),
                 CKR_OK);
    cr_expect_eq(count, 1);
    cr_expect_eq(found[0], object);
    cr_expect_eq(overflow->C_FindObjectsFinal(session), CKR_OK);
}
