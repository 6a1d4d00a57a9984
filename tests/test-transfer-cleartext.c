/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that no mechanism takes from one member to the other, and that are not
 * sensitive. */
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_RV
wrap_nothing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, CK_BYTE *out,
             CK_ULONG *length)
{
    (void)session, (void)mechanism, (void)by, (void)key, (void)out;
    (void)length;
    return CKR_FUNCTION_NOT_SUPPORTED;
}

static void
begin(void)
{
    ends_connect_two();
    ends_functions(ends.from)->C_WrapKey = wrap_nothing;
    transfer_permit_cleartext(ends.transfer);
}

TestSuite(transfer_cleartext, .init = begin, .fini = ends_free);

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* A pair, or a secret key, that shows its values. */
static void
add(CK_MECHANISM_TYPE type, const char *name)
{
    static CK_BYTE curve[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
                               0xce, 0x3d, 0x03, 0x01, 0x07 };
    CK_BYTE exponent[] = { 1, 0, 1 };
    CK_ULONG bits = 2048, length = 32;
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_ATTRIBUTE hidden[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &no, sizeof(no) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { type == CKM_AES_KEY_GEN ? CKA_ENCRYPT : CKA_SIGN, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
    };
    CK_ATTRIBUTE public[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_ID, (void *)(uintptr_t)name, strlen(name) },
        { CKA_LABEL, (void *)(uintptr_t)name, strlen(name) },
        { CKA_VERIFY, &yes, sizeof(yes) },
        { CKA_EC_PARAMS, curve, sizeof(curve) },
        { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
        { CKA_MODULUS_BITS, &bits, sizeof(bits) },
    };
    bool is_ec = type == CKM_EC_KEY_PAIR_GEN;
    struct identity_place from = ends.from;
    CK_OBJECT_HANDLE keys[2];

    if (!is_ec)
        memmove(&public[4], &public[5], 2 * sizeof(public[0]));
    if (type == CKM_AES_KEY_GEN)
        cr_assert_eq(from.functions->C_GenerateKey(from.session, &mechanism,
                                                   hidden, 8, &keys[0]),
                     CKR_OK);
    else
        cr_assert_eq(from.functions->C_GenerateKeyPair(from.session, &mechanism,
                                                       public, is_ec ? 5 : 6,
                                                       hidden, 7, &keys[0],
                                                       &keys[1]),
                     CKR_OK);
}

static void
expect_pair(const char *name)
{
    struct transfer_evidence evidence;
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE key = transfer_find(ends.from, CKO_PRIVATE_KEY, name),
                     copy;

    (void)ends_copy(CKO_PUBLIC_KEY, name, WAY_CREATED);
    copy = ends_copy(CKO_PRIVATE_KEY, name, WAY_CLEARTEXT);
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_verify(ends.transfer, key, identity, copy, &evidence,
                              &outcome));
    cr_expect(evidence.proof == PROOF_GIVEN && evidence.is_by_operation);
    cr_expect_eq(evidence.differences.n_unexpected, 0);
    identity_free(identity);
}

Test(transfer_cleartext, an_rsa_key_is_made_from_its_values)
{
    add(CKM_RSA_PKCS_KEY_PAIR_GEN, "rsa");
    expect_pair("rsa");
}

Test(transfer_cleartext, an_ec_key_is_made_from_its_values)
{
    add(CKM_EC_KEY_PAIR_GEN, "ec");
    expect_pair("ec");
}

Test(transfer_cleartext, a_secret_key_is_made_from_its_value)
{
    add(CKM_AES_KEY_GEN, "aes");
    (void)ends_copy(CKO_SECRET_KEY, "aes", WAY_CLEARTEXT);
}

Test(transfer_cleartext, a_sensitive_key_stays)
{
    ends_expect(transfer_add_ec(ends.from, "ec", CK_TRUE),
                TRANSFER_NO_WRAPPING);
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

Test(transfer_cleartext, nothing_goes_that_was_not_permitted)
{
    static const struct profile any;

    add(CKM_AES_KEY_GEN, "aes");
    ends_behave(&any);
    ends_expect(transfer_find(ends.from, CKO_SECRET_KEY, "aes"),
                TRANSFER_NO_WRAPPING);
}

/* All but one. */
static CK_FUNCTION_LIST_3_2 real;
static CK_OBJECT_HANDLE stubborn;

static CK_RV
wrap_others(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
            CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, CK_BYTE *out,
            CK_ULONG *length)
{
    return key == stubborn
               ? CKR_KEY_NOT_WRAPPABLE
               : real.C_WrapKey(session, mechanism, by, key, out, length);
}

static void
begin_with_wrapping(void)
{
    ends_connect_two();
    real = *ends.from.functions;
    ends_functions(ends.from)->C_WrapKey = wrap_others;
    transfer_permit_cleartext(ends.transfer);
}

TestSuite(transfer_last_resort, .init = begin_with_wrapping, .fini = ends_free);

Test(transfer_last_resort, is_the_last_one_for_each_key)
{
    add(CKM_AES_KEY_GEN, "aes");
    add(CKM_AES_KEY_GEN, "stubborn");
    add(CKM_AES_KEY_GEN, "last");
    stubborn = transfer_find(ends.from, CKO_SECRET_KEY, "stubborn");
    (void)ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
    (void)ends_copy(CKO_SECRET_KEY, "stubborn", WAY_CLEARTEXT);
    (void)ends_copy(CKO_SECRET_KEY, "last", WAY_KWP);
}
