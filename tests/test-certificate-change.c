/* SPDX-License-Identifier: BSD-3-Clause */
/* What may be changed of certificates, and in copies of them: 8.4, 8.5. */
#include "tests/key-fixture.h"
#include "tests/sheet.h"

#include "backends/certificate-facts.h"

#include <criterion/criterion.h>
#include <string.h>

/* Every attribute that a certificate can have, by the types where
 * C_SetAttributeValue changes it, and where only C_CopyObject does. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    unsigned of;
    unsigned set;
    unsigned copied;
    struct change change;
} attributes[] = {
    { CKA_CLASS, OF_ALL, 0, 0, NUMBER(CKA_CLASS, CKO_CERTIFICATE) },
    { CKA_CERTIFICATE_TYPE, OF_ALL, 0, 0, NUMBER(CKA_CERTIFICATE_TYPE, 0) },
    { CKA_TOKEN, OF_ALL, 0, OF_ALL, SET(CKA_TOKEN, "\1") },
    { CKA_PRIVATE, OF_ALL, 0, OF_ALL, SET(CKA_PRIVATE, "\0") },
    { CKA_MODIFIABLE, OF_ALL, 0, OF_ALL, SET(CKA_MODIFIABLE, "\0") },
    { CKA_COPYABLE, OF_ALL, 0, 0, SET(CKA_COPYABLE, "\0") },
    { CKA_DESTROYABLE, OF_ALL, 0, OF_ALL, SET(CKA_DESTROYABLE, "\0") },
    { CKA_LABEL, OF_ALL, OF_ALL, OF_ALL, SET(CKA_LABEL, "new") },
    { CKA_UNIQUE_ID, OF_ALL, 0, 0, SET(CKA_UNIQUE_ID, "new") },
    { CKA_TRUSTED, OF_ALL, 0, 0, SET(CKA_TRUSTED, "\0") },
    { CKA_CERTIFICATE_CATEGORY, OF_ALL, 0, 0,
      NUMBER(CKA_CERTIFICATE_CATEGORY, 1) },
    { CKA_CHECK_VALUE, OF_ALL, 0, 0, SET(CKA_CHECK_VALUE, "") },
    { CKA_START_DATE, OF_ALL, 0, 0, SET(CKA_START_DATE, "") },
    { CKA_END_DATE, OF_ALL, 0, 0, SET(CKA_END_DATE, "") },
    { CKA_PUBLIC_KEY_INFO, OF_ALL, 0, 0, SET(CKA_PUBLIC_KEY_INFO, "") },
    { CKA_SUBJECT, OF_X_509 | OF_WTLS, 0, 0, SET(CKA_SUBJECT, "subject") },
    { CKA_VALUE, OF_ALL, 0, 0, SET(CKA_VALUE, "0\3abc") },
    { CKA_URL, OF_X_509 | OF_WTLS, 0, 0, SET(CKA_URL, "") },
    { CKA_HASH_OF_SUBJECT_PUBLIC_KEY, OF_X_509 | OF_WTLS, 0, 0,
      SET(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, "") },
    { CKA_HASH_OF_ISSUER_PUBLIC_KEY, OF_X_509 | OF_WTLS, 0, 0,
      SET(CKA_HASH_OF_ISSUER_PUBLIC_KEY, "") },
    { CKA_NAME_HASH_ALGORITHM, OF_X_509 | OF_WTLS, 0, 0,
      NUMBER(CKA_NAME_HASH_ALGORITHM, CKM_SHA_1) },
    { CKA_ID, OF_X_509, OF_X_509, OF_X_509, SET(CKA_ID, "new") },
    { CKA_ISSUER, OF_X_509 | OF_WTLS, OF_X_509 | OF_WTLS, OF_X_509 | OF_WTLS,
      SET(CKA_ISSUER, "new") },
    { CKA_SERIAL_NUMBER, OF_X_509 | OF_ATTRIBUTE, OF_X_509 | OF_ATTRIBUTE,
      OF_X_509 | OF_ATTRIBUTE, SET(CKA_SERIAL_NUMBER, "new") },
    { CKA_JAVA_MIDP_SECURITY_DOMAIN, OF_X_509, 0, 0,
      NUMBER(CKA_JAVA_MIDP_SECURITY_DOMAIN, 0) },
    { CKA_OWNER, OF_ATTRIBUTE, 0, 0, SET(CKA_OWNER, "owner") },
    { CKA_AC_ISSUER, OF_ATTRIBUTE, OF_ATTRIBUTE, OF_ATTRIBUTE,
      SET(CKA_AC_ISSUER, "new") },
    { CKA_ATTR_TYPES, OF_ATTRIBUTE, OF_ATTRIBUTE, OF_ATTRIBUTE,
      SET(CKA_ATTR_TYPES, "new") },
    { CKA_MODULUS, 0, 0, 0, SET(CKA_MODULUS, "new") },
    { CKA_VENDOR_DEFINED, 0, 0, 0, SET(CKA_VENDOR_DEFINED, "new") },
};
enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

static const struct {
    CK_CERTIFICATE_TYPE type;
    unsigned bit;
} types[] = {
    { CKC_X_509, OF_X_509 },
    { CKC_X_509_ATTR_CERT, OF_ATTRIBUTE },
    { CKC_WTLS, OF_WTLS },
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static struct store_object
make(const struct sheet *sheet)
{
    struct store_object object;

    cr_assert_eq(certificate_make(sheet->attributes, sheet->count, false,
                                  &object),
                 CKR_OK);
    return object;
}

static CK_RV
expected(size_t i, unsigned bit, unsigned allowed)
{
    if ((attributes[i].of & bit) == 0)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    return (allowed & bit) != 0 ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
}

/* Also where the new value is the old one. */
Test(certificate_change, is_allowed_as_the_standard_says_for_each_attribute)
{
    for (size_t i = 0; i < TYPES; i++) {
        struct sheet sheet = sheet_of(types[i].type);
        struct store_object object = make(&sheet), changes, merged;

        for (size_t j = 0; j < ATTRIBUTES; j++) {
            struct sheet change = { .count = 0 };
            CK_RV rv;

            sheet_change(&change, &attributes[j].change);
            rv = certificate_change(&object, change.attributes, change.count,
                                    &changes);
            cr_expect_eq(rv, expected(j, types[i].bit, attributes[j].set),
                         "type %lu, 0x%lx: 0x%lx", types[i].type,
                         attributes[j].type, rv);
            if (rv != CKR_OK)
                continue;
            cr_assert_eq(certificate_merge(&object, &changes, &merged), CKR_OK);
            cr_expect_eq(merged.count, object.count);
            cr_expect(
                certificate_matches(&merged, change.attributes, change.count));
            store_object_clear(&changes);
            store_object_clear(&merged);
        }
        store_object_clear(&object);
    }
}

Test(certificate_copy, may_differ_as_the_standard_says_for_each_attribute)
{
    for (size_t i = 0; i < TYPES; i++) {
        struct sheet sheet = sheet_of(types[i].type);
        struct store_object object = make(&sheet), copy;

        for (size_t j = 0; j < ATTRIBUTES; j++) {
            struct sheet change = { .count = 0 };
            CK_RV rv;

            sheet_change(&change, &attributes[j].change);
            rv = certificate_copy(&object, change.attributes, change.count,
                                  &copy);
            cr_expect_eq(rv, expected(j, types[i].bit, attributes[j].copied),
                         "type %lu, 0x%lx: 0x%lx", types[i].type,
                         attributes[j].type, rv);
            if (rv == CKR_OK)
                cr_expect(certificate_matches(&copy, change.attributes,
                                              change.count));
            store_object_clear(&copy);
        }
        store_object_clear(&object);
    }
}

Test(certificate_copy, has_all_else_and_a_unique_id_of_its_own)
{
    struct sheet sheet = sheet_labelled("one");
    struct store_object object = make(&sheet), copy;

    cr_assert_eq(certificate_copy(&object, NULL, 0, &copy), CKR_OK);
    cr_assert_eq(copy.count, object.count);
    for (CK_ULONG i = 0; i < object.count; i++)
        cr_expect_eq(certificate_matches(&copy, &object.attributes[i], 1),
                     object.attributes[i].type != CKA_UNIQUE_ID, "0x%lx",
                     object.attributes[i].type);
    store_object_clear(&copy);
    store_object_clear(&object);
}

static void
set_trusted(struct store_object *object)
{
    for (CK_ULONG i = 0; i < object->count; i++)
        if (object->attributes[i].type == CKA_TRUSTED)
            *(CK_BBOOL *)object->attributes[i].pValue = CK_TRUE;
}

Test(certificate_copy, is_not_trusted)
{
    struct sheet sheet = sheet_labelled("one");
    struct store_object object = make(&sheet), copy;

    set_trusted(&object);
    cr_assert_eq(certificate_copy(&object, NULL, 0, &copy), CKR_OK);
    cr_expect_not(certificate_is(&copy, CKA_TRUSTED));
    store_object_clear(&copy);
    store_object_clear(&object);
}

/* -- Objects that do not allow it ------------------------------------------ */

Test(certificate_change, is_prohibited_where_the_object_says_so)
{
    static const CK_ATTRIBUTE foreign = { CKA_MODULUS, NULL, 0 };
    struct sheet sheet = sheet_labelled("one");
    struct store_object object, changes;

    sheet_set_flag(&sheet, CKA_MODIFIABLE, false);
    object = make(&sheet);
    cr_expect_eq(certificate_change(&object, NULL, 0, &changes),
                 CKR_ACTION_PROHIBITED);
    cr_expect_eq(certificate_change(&object, &foreign, 1, &changes),
                 CKR_ACTION_PROHIBITED);
    store_object_clear(&object);
    sheet_set_flag(&sheet, CKA_MODIFIABLE, true);
    object = make(&sheet);
    set_trusted(&object);
    cr_expect_eq(certificate_change(&object, NULL, 0, &changes),
                 CKR_ACTION_PROHIBITED);
    store_object_clear(&object);
}

Test(certificate_copy, is_prohibited_where_the_object_says_so)
{
    static const CK_ATTRIBUTE foreign = { CKA_MODULUS, NULL, 0 };
    struct sheet sheet = sheet_labelled("one");
    struct store_object object, copy;

    sheet_set_flag(&sheet, CKA_COPYABLE, false);
    object = make(&sheet);
    cr_expect_eq(certificate_copy(&object, NULL, 0, &copy),
                 CKR_ACTION_PROHIBITED);
    cr_expect_eq(certificate_copy(&object, &foreign, 1, &copy),
                 CKR_ACTION_PROHIBITED);
    store_object_clear(&object);
}

Test(certificate_copy, of_an_unmodifiable_object_differs_only_as_a_copy)
{
    struct sheet sheet = sheet_labelled("one");
    struct store_object object, copy;

    sheet_set_flag(&sheet, CKA_MODIFIABLE, false);
    object = make(&sheet);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        bool may_set = (attributes[i].set & OF_X_509) != 0;
        struct sheet change = { .count = 0 };
        CK_RV rv;

        sheet_change(&change, &attributes[i].change);
        rv = certificate_copy(&object, change.attributes, change.count, &copy);
        cr_expect_eq(rv,
                     may_set ? CKR_ATTRIBUTE_READ_ONLY
                             : expected(i, OF_X_509, attributes[i].copied),
                     "0x%lx: 0x%lx", attributes[i].type, rv);
        store_object_clear(&copy);
    }
    store_object_clear(&object);
}

/* -- The order of errors --------------------------------------------------- */

static const struct change mistakes[] = {
    SET(CKA_OWNER, "1"),
    SET(CKA_UNIQUE_ID, "1"),
    NO_POINTER(CKA_ID, 1),
    TWICE(CKA_LABEL, "b"),
};
static const CK_RV mistake_codes[] = {
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_TEMPLATE_INCONSISTENT,
};
enum { MISTAKES = sizeof(mistakes) / sizeof(mistakes[0]) };

Test(certificate_change, says_the_first_of_several_mistakes_in_a_fixed_order)
{
    struct sheet sheet = sheet_labelled("one");
    struct store_object object = make(&sheet), out;

    for (unsigned set = 1; set < 1u << MISTAKES; set++) {
        struct sheet change = { .count = 0 };
        size_t first = MISTAKES;

        sheet_set_text(&change, CKA_LABEL, "a");
        for (size_t i = MISTAKES; i-- > 0;)
            if ((set >> i & 1) != 0) {
                sheet_change(&change, &mistakes[i]);
                first = i;
            }
        cr_expect_eq(certificate_change(&object, change.attributes,
                                        change.count, &out),
                     mistake_codes[first], "set %u", set);
        cr_expect_eq(certificate_copy(&object, change.attributes, change.count,
                                      &out),
                     mistake_codes[first], "copy, set %u", set);
    }
    store_object_clear(&object);
}

Test(certificate_copy, cannot_be_private)
{
    struct sheet sheet = sheet_labelled("one"), change = { .count = 0 };
    struct store_object object = make(&sheet), copy;

    sheet_set_flag(&change, CKA_PRIVATE, true); /* R8.13 */
    cr_expect_eq(certificate_copy(&object, change.attributes, change.count,
                                  &copy),
                 CKR_TEMPLATE_INCONSISTENT);
    store_object_clear(&object);
}

Test(certificate_change, gives_one_attribute_once)
{
    struct sheet sheet = sheet_labelled("one"), change = { .count = 0 };
    struct store_object object = make(&sheet), changes;

    sheet_set_text(&change, CKA_LABEL, "a");
    sheet_add(&change, CKA_LABEL, "a", 1);
    cr_assert_eq(certificate_change(&object, change.attributes, change.count,
                                    &changes),
                 CKR_OK);
    cr_expect_eq(changes.count, 1);
    store_object_clear(&changes);
    store_object_clear(&object);
}

Test(certificate_change, cannot_make_an_object_too_large)
{
    struct sheet sheet = sheet_labelled("one"), change = { .count = 0 };
    struct store_object object = make(&sheet), out;
    char *long_id = fixture_keep(calloc(1, certificate_most_bytes));

    sheet_set(&change, CKA_ID, long_id, certificate_most_bytes);
    cr_expect_eq(certificate_change(&object, change.attributes, change.count,
                                    &out),
                 CKR_DEVICE_MEMORY);
    cr_expect_eq(certificate_copy(&object, change.attributes, change.count,
                                  &out),
                 CKR_DEVICE_MEMORY);
    store_object_clear(&object);
}
