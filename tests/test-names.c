/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of PKCS#11 constants, both ways. */
#include "common/names.h"

#include <criterion/criterion.h>

#include <string.h>

struct known {
    enum name_kind kind;
    const char *name;
    CK_ULONG value;
};

static const struct known all_names[] = {
#define NAME(kind, constant) { NAME_##kind, #constant, constant },
#include "common/names.def"
#undef NAME
};

static const size_t n_names = sizeof(all_names) / sizeof(all_names[0]);

static void
expect_name(enum name_kind kind, CK_ULONG value, const char *name)
{
    char out[NAME_LENGTH];

    cr_assert_eq(name_of(kind, value, out), out);
    cr_expect_str_eq(out, name);
}

Test(names, values_are_those_of_the_standard)
{
    /* Written out, since the table takes its values from our own header. */
    static const struct known some[] = {
        { NAME_CKR, "CKR_OK", 0 },
        { NAME_CKR, "CKR_BUFFER_TOO_SMALL", 0x150 },
        { NAME_CKR, "CKR_EXCEEDED_MAX_ITERATIONS", 0x1b5 },
        { NAME_CKR, "CKR_PUBLIC_KEY_INVALID", 0x1b9 },
        { NAME_CKR, "CKR_PARAMETER_SET_NOT_SUPPORTED", 0x209 },
        { NAME_CKM, "CKM_RSA_PKCS_KEY_PAIR_GEN", 0 },
        { NAME_CKM, "CKM_ML_KEM", 0x17 },
        { NAME_CKM, "CKM_AES_GCM", 0x1087 },
        { NAME_CKM, "CKM_PUB_KEY_FROM_PRIV_KEY", 0x403a },
        { NAME_CKA, "CKA_UNIQUE_ID", 0x4 },
        { NAME_CKA, "CKA_WRAP_TEMPLATE", 0x40000211 },
        { NAME_CKA, "CKA_ENCAPSULATE_TEMPLATE", 0x62a },
        { NAME_CKO, "CKO_TRUST", 0xb },
        { NAME_CKK, "CKK_SLH_DSA", 0x4b },
        { NAME_CKC, "CKC_X_509_ATTR_CERT", 1 },
        { NAME_CKU, "CKU_CONTEXT_SPECIFIC", 2 },
        { NAME_CKS, "CKS_RW_SO_FUNCTIONS", 4 },
        { NAME_CKH, "CKH_CLOCK", 2 },
        { NAME_CKP, "CKP_HKDF_TLS_TOKEN", 6 },
        { NAME_CKT, "CKT_NOT_TRUSTED", 3 },
        { NAME_CKG, "CKG_MGF1_SHA256", 2 },
        { NAME_CKD, "CKD_SHA256_KDF", 6 },
    };

    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        CK_ULONG value = ~some[i].value;

        expect_name(some[i].kind, some[i].value, some[i].name);
        cr_expect(name_find(some[i].kind, some[i].name, &value));
        cr_expect_eq(value, some[i].value, "%s is %#lx", some[i].name, value);
    }
}

Test(names, every_name_is_found_by_its_value_and_by_its_text)
{
    for (size_t i = 0; i < n_names; i++) {
        const struct known *known = &all_names[i];
        char out[NAME_LENGTH];
        CK_ULONG value = ~known->value;

        cr_expect_lt(strlen(known->name), NAME_LENGTH);
        cr_expect(name_find(known->kind, known->name, &value));
        cr_expect_eq(value, known->value, "%s is %#lx", known->name, value);

        name_of(known->kind, known->value, out);
        value = ~known->value;
        cr_expect(name_find(known->kind, out, &value), "%s was written as %s",
                  known->name, out);
        cr_expect_eq(value, known->value, "%s was written as %s", known->name,
                     out);
    }
}

Test(names, no_name_stands_twice_in_the_table)
{
    for (size_t i = 0; i < n_names; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(all_names[i].name, all_names[j].name);
}

Test(names, current_name_wins_over_the_deprecated_one)
{
    expect_name(NAME_CKK, 0x3, "CKK_EC");
    expect_name(NAME_CKK, 0x18, "CKK_CAST128");
    expect_name(NAME_CKA, 0x134, "CKA_SUBPRIME_BITS");
    expect_name(NAME_CKA, 0x180, "CKA_EC_PARAMS");
    expect_name(NAME_CKM, 0x1040, "CKM_EC_KEY_PAIR_GEN");
    expect_name(NAME_CKM, 0x2003, "CKM_DSA_PROBABILISTIC_PARAMETER_GEN");
    expect_name(NAME_CKM, 0x397, "CKM_SHA3_256_KEY_DERIVATION");
}

Test(names, deprecated_name_is_found)
{
    CK_ULONG value = 0;

    cr_expect(name_find(NAME_CKK, "CKK_ECDSA", &value));
    cr_expect_eq(value, CKK_EC);
    cr_expect(name_find(NAME_CKM, "CKM_SHA3_256_KEY_DERIVE", &value));
    cr_expect_eq(value, CKM_SHA3_256_KEY_DERIVATION);
}

Test(names, value_of_a_vendor_is_written_as_a_distance)
{
    expect_name(NAME_CKR, 0x80000000UL, "CKR_VENDOR_DEFINED");
    expect_name(NAME_CKR, 0x80000012UL, "CKR_VENDOR_DEFINED+0x12");
    expect_name(NAME_CKM, 0x8000abcdUL, "CKM_VENDOR_DEFINED+0xabcd");
    expect_name(NAME_CKA, 0xce536358UL, "CKA_VENDOR_DEFINED+0x4e536358");
}

Test(names, vendors_add_nothing_to_users_and_states)
{
    expect_name(NAME_CKU, 0x80000001UL, "0x80000001");
    expect_name(NAME_CKS, 0x80000001UL, "0x80000001");
}

Test(names, value_without_a_name_is_written_as_a_number)
{
    expect_name(NAME_CKR, 0x4, "0x4");
    expect_name(NAME_CKM, 0x7fffffff, "0x7fffffff");
    expect_name(NAME_CKS, 5, "0x5");
    expect_name(NAME_CKD, 0, "0x0");
}

Test(names, value_is_named_within_its_kind_only)
{
    expect_name(NAME_CKR, 0x1087, "0x1087");
    expect_name(NAME_CKM, 0x209, "0x209");
}

Test(names, mechanism_of_a_key_made_elsewhere_has_a_name)
{
    expect_name(NAME_CKM, CK_UNAVAILABLE_INFORMATION,
                "CK_UNAVAILABLE_INFORMATION");
}

Test(names, value_beyond_32_bits_is_written_as_a_number)
{
    if (sizeof(CK_ULONG) != 8)
        cr_skip_test("CK_ULONG does not have 64 bits");
    expect_name(NAME_CKR, ~0UL, "0xffffffffffffffff");
}

Test(names, unknown_name_is_not_found_and_leaves_the_value_alone)
{
    CK_ULONG value = 42;

    cr_expect_not(name_find(NAME_CKR, "CKR_FINE", &value));
    cr_expect_not(name_find(NAME_CKR, "CKR_O", &value));
    cr_expect_not(name_find(NAME_CKR, "CKR_OKAY", &value));
    cr_expect_not(name_find(NAME_CKR, "ckr_ok", &value));
    cr_expect_not(name_find(NAME_CKR, "", &value));
    cr_expect_not(name_find(NAME_CKR, "CKM_RSA_PKCS", &value));
    cr_expect_eq(value, 42);
}
