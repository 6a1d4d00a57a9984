/* SPDX-License-Identifier: BSD-3-Clause */
/* What a search in the store finds (R8.11). */
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { N_MADE = 30 };

static uint64_t numbers[N_MADE];

static void
setup(void)
{
    store_setup();
    for (unsigned i = 0; i < N_MADE; i++)
        numbers[i] = certificate_add(i);
}

TestSuite(store_find, .init = setup, .fini = store_finish, .timeout = 60);

static const CK_ATTRIBUTE_TYPE types[] = {
    CKA_CLASS,   CKA_CERTIFICATE_TYPE, CKA_VALUE,         CKA_ID,  CKA_LABEL,
    CKA_SUBJECT, CKA_ISSUER,           CKA_SERIAL_NUMBER, CKA_URL,
};
enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

static bool
matches(unsigned number, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct certificate certificate;

    certificate_make(number, &certificate);
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_ATTRIBUTE *its =
            certificate_get(&certificate, template[i].type);

        if (its->ulValueLen != template[i].ulValueLen ||
            (its->ulValueLen > 0 &&
             memcmp(its->pValue, template[i].pValue, its->ulValueLen) != 0))
            return false;
    }
    return true;
}

static const char *
expected(CK_ATTRIBUTE *template, CK_ULONG count)
{
    const char *text = "";

    for (unsigned i = 0; i < N_MADE; i++)
        if (matches(i, template, count))
            text = fixture_text("%s%s%llu", text, *text != '\0' ? " " : "",
                                (unsigned long long)numbers[i]);
    return text;
}

/* Every combination of attributes, each of an object that is there. */
Test(store_find, any_combination_finds_what_has_all_of_it)
{
    for (unsigned mask = 0; mask < 1U << N_TYPES; mask++) {
        struct certificate certificate;
        CK_ATTRIBUTE template[N_TYPES];
        CK_ULONG count = 0;

        certificate_make(mask % N_MADE, &certificate);
        for (unsigned i = 0; i < N_TYPES; i++)
            if ((mask >> i & 1) != 0)
                template[count++] = *certificate_get(&certificate, types[i]);
        cr_assert_str_eq(store_found(template, count),
                         expected(template, count), "mask %#x", mask);
    }
}

/* Each attribute of another object, or longer, or shorter. */
Test(store_find, what_is_nearly_the_same_is_not_found)
{
    for (unsigned i = 2; i < N_TYPES - 1; i++) {
        struct certificate certificate;
        CK_ATTRIBUTE template[2];

        certificate_make(12, &certificate);
        template[0] = *certificate_get(&certificate, CKA_ID);
        template[1] = *certificate_get(&certificate, types[i]);
        template[1].ulValueLen--;
        if (types[i] == CKA_SERIAL_NUMBER)
            template[1] = (CK_ATTRIBUTE)WITH_TEXT(CKA_SERIAL_NUMBER, "44");
        cr_assert_str_eq(store_found(template, 2), "", "%u", i);
        cr_assert_str_eq(store_found(&template[1], 1),
                         expected(&template[1], 1), "%u", i);
    }
}

Test(store_find, nothing_empty_is_found_by_nothing_there)
{
    CK_ATTRIBUTE attributes[] = { { CKA_ID, NULL, 0 }, { CKA_LABEL, NULL, 0 } };
    CK_ATTRIBUTE others[] = { { CKA_OWNER, NULL, 0 }, { CKA_ISSUER, NULL, 0 } };
    uint64_t number;
    const char *text;

    cr_assert_eq(store_create(store, life, attributes, 2, &number), STORE_DONE);
    text = fixture_text("%llu", (unsigned long long)number);
    cr_assert_str_eq(store_found(attributes, 2), text);
    cr_assert_str_eq(store_found(&attributes[0], 1), text);
    cr_assert_str_eq(store_found(&attributes[1], 1), text);
    cr_assert_str_eq(store_found(&others[0], 1), "");
    cr_assert_str_eq(store_found(&others[1], 1), "");
}

Test(store_find, a_template_that_asks_for_two_things_finds_nothing)
{
    CK_ATTRIBUTE template[] = { WITH_TEXT(CKA_ID, "id 1"),
                                WITH_TEXT(CKA_ID, "id 2") };
    CK_ATTRIBUTE missing = { CKA_ID, NULL, 4 };

    cr_assert_str_eq(store_found(template, 2), "");
    cr_assert_str_eq(store_found(&missing, 1), "");
    template[1] = template[0];
    cr_assert_str_eq(store_found(template, 2), expected(template, 2));
}

Test(store_find, an_unknown_attribute_matches_nothing)
{
    CK_ATTRIBUTE template[] = { WITH_TEXT(CKA_VENDOR_DEFINED | 17, "x"),
                                WITH_TEXT(CKA_ID, "id 1") };

    cr_assert_str_eq(store_found(template, 1), "");
    cr_assert_str_eq(store_found(template, 2), "");
}

Test(store_find, numbers_match_as_numbers_alone)
{
    CK_ULONG number = CKC_X_509;
    unsigned char octet = 0;
    CK_ATTRIBUTE template = { CKA_CERTIFICATE_TYPE, &number, sizeof(number) };

    cr_assert_str_eq(store_found(&template, 1), expected(&template, 1));
    number = CKC_WTLS;
    cr_assert_str_eq(store_found(&template, 1), "");
    template = (CK_ATTRIBUTE){ CKA_CERTIFICATE_TYPE, &octet, 1 };
    cr_assert_str_eq(store_found(&template, 1), "");
}
