/* SPDX-License-Identifier: BSD-3-Clause */
/* What certificates may be made of: 8.3 row by row. */
#include "tests/key-fixture.h"
#include "tests/sheet.h"

#include "backends/certificate-facts.h"

#include <criterion/criterion.h>
#include <openssl/x509.h>
#include <string.h>

/* SHA-1 of "0\3abc" begins with these. */
#define CHECK "\xfb\x81\x71"
#define URL   "http://example.net/a"
#define HASH  "01234567890123456789"

static const char yes[] = "\1", no[] = "\0";

enum { CHANGES = 5 };
static const struct row {
    const char *what;
    CK_CERTIFICATE_TYPE type;
    struct change changes[CHANGES];
    CK_RV rv;
} rows[] = {
#include "tests/certificate-rows.def"
};

static struct sheet
sheet_of_row(const struct row *row)
{
    struct sheet sheet = sheet_of(row->type);

    for (size_t i = 0; i < CHANGES; i++)
        sheet_change(&sheet, &row->changes[i]);
    return sheet;
}

static CK_RV
make(const struct sheet *sheet, struct store_object *out)
{
    return certificate_make(sheet->attributes, sheet->count, false, out);
}

Test(certificate, is_made_or_refused_as_each_row_says)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sheet sheet = sheet_of_row(&rows[i]);
        struct store_object object;
        CK_RV rv = make(&sheet, &object);

        cr_expect_eq(rv, rows[i].rv, "%s: 0x%lx, not 0x%lx", rows[i].what, rv,
                     rows[i].rv);
        cr_expect_eq(object.attributes != NULL, rv == CKR_OK, "%s",
                     rows[i].what);
        store_object_clear(&object);
    }
}

/* Whatever was in the template is in the object. */
Test(certificate, has_what_was_given)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sheet sheet = sheet_of_row(&rows[i]);
        struct store_object object;

        if (make(&sheet, &object) != CKR_OK)
            continue;
        for (CK_ULONG j = 0; j < sheet.count; j++)
            cr_expect(has_value(&object, sheet.attributes[j].type,
                                sheet.attributes[j].pValue,
                                sheet.attributes[j].ulValueLen),
                      "%s: 0x%lx", rows[i].what, sheet.attributes[j].type);
        store_object_clear(&object);
    }
}

/* -- Defaults -------------------------------------------------------------- */

#define EMPTY       NULL, 0
#define BYTES(text) (text), sizeof(text) - 1

static const CK_ULONG zero = 0, sha_1 = CKM_SHA_1;

static const struct {
    CK_ATTRIBUTE_TYPE type;
    unsigned of;
    const void *value;
    size_t length;
} defaults[] = {
    { CKA_TOKEN, OF_ALL, no, 1 },
    { CKA_PRIVATE, OF_ALL, no, 1 },
    { CKA_MODIFIABLE, OF_ALL, yes, 1 },
    { CKA_COPYABLE, OF_ALL, yes, 1 },
    { CKA_DESTROYABLE, OF_ALL, yes, 1 },
    { CKA_LABEL, OF_ALL, EMPTY },
    { CKA_TRUSTED, OF_ALL, no, 1 },
    { CKA_CERTIFICATE_CATEGORY, OF_ALL, &zero, sizeof(zero) },
    { CKA_CHECK_VALUE, OF_ALL, BYTES(CHECK) },
    { CKA_START_DATE, OF_ALL, EMPTY },
    { CKA_END_DATE, OF_ALL, EMPTY },
    { CKA_PUBLIC_KEY_INFO, OF_ALL, EMPTY },
    { CKA_URL, OF_X_509 | OF_WTLS, EMPTY },
    { CKA_HASH_OF_SUBJECT_PUBLIC_KEY, OF_X_509 | OF_WTLS, EMPTY },
    { CKA_HASH_OF_ISSUER_PUBLIC_KEY, OF_X_509 | OF_WTLS, EMPTY },
    { CKA_NAME_HASH_ALGORITHM, OF_X_509 | OF_WTLS, &sha_1, sizeof(sha_1) },
    { CKA_ID, OF_X_509, EMPTY },
    { CKA_ISSUER, OF_X_509 | OF_WTLS, EMPTY },
    { CKA_SERIAL_NUMBER, OF_X_509 | OF_ATTRIBUTE, EMPTY },
    { CKA_JAVA_MIDP_SECURITY_DOMAIN, OF_X_509, &zero, sizeof(zero) },
    { CKA_AC_ISSUER, OF_ATTRIBUTE, EMPTY },
    { CKA_ATTR_TYPES, OF_ATTRIBUTE, EMPTY },
};
enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

static const struct {
    CK_CERTIFICATE_TYPE type;
    unsigned bit;
} types[] = {
    { CKC_X_509, OF_X_509 },
    { CKC_X_509_ATTR_CERT, OF_ATTRIBUTE },
    { CKC_WTLS, OF_WTLS },
};

Test(certificate, has_each_default_and_nothing_of_another_type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct sheet sheet = sheet_of(types[i].type);
        struct store_object object;
        size_t n_expected = sheet.count + 1; /* CKA_UNIQUE_ID */

        cr_assert_eq(make(&sheet, &object), CKR_OK);
        for (size_t j = 0; j < DEFAULTS; j++) {
            if ((defaults[j].of & types[i].bit) == 0) {
                cr_expect_null(certificate_get(&object, defaults[j].type));
                continue;
            }
            n_expected++;
            cr_expect(has_value(&object, defaults[j].type, defaults[j].value,
                                defaults[j].length),
                      "type %lu: 0x%lx", types[i].type, defaults[j].type);
        }
        cr_expect_eq(object.count, n_expected, "type %lu", types[i].type);
        store_object_clear(&object);
    }
}

Test(certificate, has_a_unique_id_of_its_own)
{
    struct sheet sheet = sheet_of(CKC_X_509);
    struct store_object a, b;
    const CK_ATTRIBUTE *its;

    cr_assert_eq(make(&sheet, &a), CKR_OK);
    cr_assert_eq(make(&sheet, &b), CKR_OK);
    its = certificate_get(&a, CKA_UNIQUE_ID);
    cr_assert_not_null(its);
    cr_expect_gt(its->ulValueLen, 0);
    cr_expect_not(has_value(&b, CKA_UNIQUE_ID, its->pValue, its->ulValueLen));
    store_object_clear(&a);
    store_object_clear(&b);
}

Test(certificate, has_an_empty_check_value_where_it_has_no_value)
{
    static const struct change changes[] = {
        SET(CKA_VALUE, ""),
        SET(CKA_URL, URL),
        SET(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, HASH),
        SET(CKA_HASH_OF_ISSUER_PUBLIC_KEY, HASH),
    };
    struct sheet sheet = sheet_of(CKC_X_509);
    struct store_object object;

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        sheet_change(&sheet, &changes[i]);
    cr_assert_eq(make(&sheet, &object), CKR_OK);
    cr_expect(has_value(&object, CKA_CHECK_VALUE, EMPTY));
    store_object_clear(&object);
}

/* -- The order of errors --------------------------------------------------- */

/* Each mistake alone, in the order in which they count. */
static const struct change mistakes[] = {
    SET(CKA_MODULUS, "1"), SET(CKA_UNIQUE_ID, "1"), SET(CKA_TOKEN, "\2"),
    REMOVE(CKA_SUBJECT),   SET(CKA_PRIVATE, "\1"),
};
static const CK_RV mistake_codes[] = {
    CKR_ATTRIBUTE_TYPE_INVALID,  CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE,
    CKR_TEMPLATE_INCONSISTENT,
};
enum { MISTAKES = sizeof(mistakes) / sizeof(mistakes[0]) };

Test(certificate, says_the_first_of_several_mistakes_in_a_fixed_order)
{
    for (unsigned set = 1; set < 1u << MISTAKES; set++) {
        struct sheet sheet = sheet_of(CKC_X_509);
        struct store_object object;
        size_t first = MISTAKES;

        for (size_t i = MISTAKES; i-- > 0;)
            if ((set >> i & 1) != 0) {
                sheet_change(&sheet, &mistakes[i]);
                first = i;
            }
        cr_expect_eq(make(&sheet, &object), mistake_codes[first], "set %u",
                     set);
    }
}

/* -- Sizes ----------------------------------------------------------------- */

/* A template whose object has exactly as many bytes as there may be, and
 * some more. */
static struct sheet
sheet_that_fills(size_t more)
{
    struct sheet sheet = sheet_of(CKC_X_509);
    struct store_object object;
    size_t length;
    char *bytes;

    cr_assert_eq(make(&sheet, &object), CKR_OK);
    length = certificate_most_bytes - certificate_size(&object) + more;
    store_object_clear(&object);
    bytes = fixture_keep(calloc(1, length));
    sheet_set(&sheet, CKA_SERIAL_NUMBER, bytes, length);
    return sheet;
}

Test(certificate, may_have_so_many_bytes_and_no_more)
{
    struct sheet sheet = sheet_that_fills(0);
    struct store_object object;

    cr_assert_eq(make(&sheet, &object), CKR_OK);
    cr_expect_eq(certificate_size(&object), certificate_most_bytes);
    store_object_clear(&object);
    sheet = sheet_that_fills(1);
    cr_expect_eq(make(&sheet, &object), CKR_DEVICE_MEMORY);
    /* The application's own mistakes come first. */
    sheet_set_flag(&sheet, CKA_PRIVATE, true);
    cr_expect_eq(make(&sheet, &object), CKR_TEMPLATE_INCONSISTENT);
}

Test(certificate, may_have_a_long_label_and_no_longer)
{
    struct sheet sheet = sheet_of(CKC_X_509);
    struct store_object object;
    char *label = fixture_keep(calloc(1, certificate_most_label + 1));

    sheet_set(&sheet, CKA_LABEL, label, certificate_most_label);
    cr_expect_eq(make(&sheet, &object), CKR_OK);
    store_object_clear(&object);
    sheet_set(&sheet, CKA_LABEL, label, certificate_most_label + 1);
    cr_expect_eq(make(&sheet, &object), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* -- What is taken from the certificate (R8.16) ---------------------------- */

static struct octets
name_of_certificate(struct octets der)
{
    const unsigned char *at = der.bytes;
    X509 *certificate = fixture_keep(d2i_X509(NULL, &at, (long)der.length));
    unsigned char *name = NULL;
    int length = i2d_X509_NAME(X509_get_subject_name(certificate), &name);

    return (struct octets){ fixture_keep(name), (size_t)length };
}

static struct sheet
sheet_with(struct octets der)
{
    struct sheet sheet = sheet_of(CKC_X_509);

    sheet_set(&sheet, CKA_VALUE, der.bytes, der.length);
    sheet_remove(&sheet, CKA_SUBJECT);
    return sheet;
}

Test(certificate, derives_what_is_missing_where_that_is_asked_for)
{
    EVP_PKEY *key = fixture_key_ec("P-256");

    for (long version = X509_VERSION_1; version <= X509_VERSION_3; version++) {
        struct octets der = fixture_certificate(key, key, "derived", version);
        struct octets name = name_of_certificate(der);
        struct sheet sheet = sheet_with(der);
        struct store_object object;

        cr_expect_eq(make(&sheet, &object), CKR_TEMPLATE_INCOMPLETE);
        cr_assert_eq(certificate_make(sheet.attributes, sheet.count, true,
                                      &object),
                     CKR_OK);
        cr_expect(has_value(&object, CKA_SUBJECT, name.bytes, name.length));
        cr_expect(has_value(&object, CKA_ISSUER, name.bytes, name.length));
        cr_expect(has_value(&object, CKA_SERIAL_NUMBER, BYTES("\2\1\1")));
        cr_expect(has_value(&object, CKA_ID, EMPTY));
        store_object_clear(&object);
    }
}

Test(certificate, keeps_what_was_given_and_fills_what_is_empty)
{
    EVP_PKEY *key = fixture_key_ec("P-256");
    struct octets der =
        fixture_certificate(key, key, "derived", X509_VERSION_3);
    struct octets name = name_of_certificate(der);
    struct sheet sheet = sheet_with(der);
    struct store_object object;

    sheet_set_text(&sheet, CKA_SUBJECT, "");
    sheet_set_text(&sheet, CKA_ISSUER, "mine");
    cr_assert_eq(certificate_make(sheet.attributes, sheet.count, true, &object),
                 CKR_OK);
    cr_expect(has_value(&object, CKA_SUBJECT, name.bytes, name.length));
    cr_expect(has_value(&object, CKA_ISSUER, BYTES("mine")));
    store_object_clear(&object);
}

Test(certificate, derives_nothing_from_what_is_no_certificate)
{
    struct sheet sheet = sheet_of(CKC_X_509);
    struct store_object object;

    cr_assert_eq(certificate_make(sheet.attributes, sheet.count, true, &object),
                 CKR_OK);
    cr_expect(has_value(&object, CKA_SUBJECT, BYTES("subject")));
    cr_expect(has_value(&object, CKA_ISSUER, EMPTY));
    store_object_clear(&object);
    sheet_remove(&sheet, CKA_SUBJECT);
    cr_expect_eq(certificate_make(sheet.attributes, sheet.count, true, &object),
                 CKR_TEMPLATE_INCOMPLETE);
}

Test(certificate, shows_its_public_key_as_it_stands_there)
{
    EVP_PKEY *keys[] = { fixture_key_ec("P-256"), fixture_key_rsa(),
                         fixture_key_raw("ED25519") };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct octets der =
            fixture_certificate(keys[i], keys[i], "a", X509_VERSION_3);
        struct octets info = fixture_key_info(keys[i]);
        struct certificate_parts parts;

        cr_assert(certificate_find_parts(der, &parts));
        cr_expect(octets_equal(parts.key_info, info));
        for (size_t length = 0; length < der.length; length++)
            cr_expect_not(
                certificate_find_parts((struct octets){ der.bytes, length },
                                       &parts));
    }
}
