/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of OpenSSL's on their way to real tokens; to openCryptoki's it is
 * tests/transfer-opencryptoki.c. */
#include "tests/software-fixture.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>

static EVP_PKEY *key;

static void
end(void)
{
    ends_free();
    software_close();
    EVP_PKEY_free(key);
}

TestSuite(software_transfer, .fini = end);

static void
begin(const char *type, struct identity_place to)
{
    key = software_fixture(type, "key");
    ends_connect(software_place(), to);
    transfer_open(ends.transfer);
}

static CK_RV
refuse_unwrap(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
              CK_OBJECT_HANDLE by, CK_BYTE *wrapped, CK_ULONG length,
              CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    (void)session;
    (void)mechanism;
    (void)by;
    (void)wrapped;
    (void)length;
    (void)template;
    (void)count;
    (void)out;
    return CKR_FUNCTION_NOT_SUPPORTED;
}

static void
expect_pair(const char *type, struct identity_place to, enum transfer_way way)
{
    begin(type, to);
    ends_expect_pair("key", way);
    ends_expect_truth(transfer_find(ends.to, CKO_PRIVATE_KEY, "key"),
                      CKA_EXTRACTABLE, CK_FALSE);
}

static void
expect_pair_from_values(const char *type, struct identity_place to)
{
    begin(type, to);
    ends_functions(ends.to)->C_UnwrapKey = refuse_unwrap;
    ends_expect_pair("key", WAY_CLEARTEXT);
    ends_expect_truth(transfer_find(ends.to, CKO_PRIVATE_KEY, "key"),
                      CKA_EXTRACTABLE, CK_FALSE);
}

Test(software_transfer, rsa_to_softhsm)
{
    expect_pair("RSA", transfer_softhsm("soft"), WAY_KWP);
}

Test(software_transfer, ec_to_softhsm)
{
    expect_pair("EC", transfer_softhsm("soft"), WAY_KWP);
}

Test(software_transfer, rsa_to_nss)
{
    expect_pair("RSA", transfer_nss("nss"), WAY_KWP);
}

Test(software_transfer, ec_to_nss)
{
    expect_pair("EC", transfer_nss("nss"), WAY_KWP);
}

/* Where nothing is unwrapped. */
Test(software_transfer, values_to_softhsm)
{
    expect_pair_from_values("RSA", transfer_softhsm("soft"));
}

Test(software_transfer, values_of_ec_to_softhsm)
{
    expect_pair_from_values("EC", transfer_softhsm("soft"));
}

Test(software_transfer, values_to_nss)
{
    expect_pair_from_values("RSA", transfer_nss("nss"));
}

/* SoftHSM unwraps no such key. */
Test(software_transfer, ed25519_to_softhsm)
{
    begin("ED25519", transfer_softhsm("soft"));
    (void)ends_copy(CKO_PUBLIC_KEY, "key", WAY_CREATED);
    ends_expect_truth(ends_copy(CKO_PRIVATE_KEY, "key", WAY_CLEARTEXT),
                      CKA_EXTRACTABLE, CK_FALSE);
    ends_expect(SOFTWARE_PRIVATE, TRANSFER_THERE);
}

Test(software_transfer, ed25519_not_to_nss)
{
    struct transfer_outcome outcome;

    begin("ED25519", transfer_nss("nss"));
    outcome = ends_try(SOFTWARE_PRIVATE);
    cr_expect_neq(outcome.verdict, TRANSFER_FINE);
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

/* What lies open somewhere is not asked for unless it is said to. */
Test(software_transfer, nothing_is_made_of_values_that_is_not_open)
{
    key = software_fixture("EC", "key");
    ends_connect(software_place(), transfer_softhsm("soft"));
    ends_expect(SOFTWARE_PRIVATE, TRANSFER_NOT_EXTRACTABLE);
}
