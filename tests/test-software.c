/* SPDX-License-Identifier: BSD-3-Clause */
/* The token that OpenSSL answers for: what it verifies was signed, what it
 * encrypts can be decrypted, and what it has. */
#include "tests/software-fixture.h"

#include <criterion/criterion.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

TestSuite(software, .fini = software_close);

enum { ROOM = 8192 };

/* -- Verifying ---------------------------------------------------------------
 */

static CK_RV
verify(CK_MECHANISM_TYPE type, unsigned char *data, size_t data_length,
       unsigned char *signature, size_t length)
{
    struct identity_place place = software_place();
    CK_MECHANISM mechanism = { type, NULL, 0 };

    cr_assert_eq(place.functions->C_VerifyInit(place.session, &mechanism,
                                               SOFTWARE_PUBLIC),
                 CKR_OK);
    return place.functions->C_Verify(place.session, data, data_length,
                                     signature, length);
}

static void
expect_verified(CK_MECHANISM_TYPE type, unsigned char *signature, size_t length)
{
    unsigned char data[32] = "what was signed, of 32 bytes...";

    cr_expect_eq(verify(type, data, sizeof(data), signature, length), CKR_OK);
    data[0] ^= 1;
    cr_expect_eq(verify(type, data, sizeof(data), signature, length),
                 CKR_SIGNATURE_INVALID);
    data[0] ^= 1;
    signature[length - 1] ^= 1;
    cr_expect_eq(verify(type, data, sizeof(data), signature, length),
                 CKR_SIGNATURE_INVALID);
}

static size_t
sign(EVP_PKEY *key, const char *hash, unsigned char out[ROOM])
{
    const unsigned char data[32] = "what was signed, of 32 bytes...";
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *bare = EVP_PKEY_CTX_new(key, NULL);
    bool is_bare = hash == NULL && !EVP_PKEY_is_a(key, "ED25519");
    size_t length = ROOM;

    cr_assert(is_bare
                  ? EVP_PKEY_sign_init(bare) == 1 &&
                        EVP_PKEY_sign(bare, out, &length, data, 32) == 1
                  : EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, key,
                                          NULL) == 1 &&
                        EVP_DigestSign(context, out, &length, data, 32) == 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(bare);
    return length;
}

Test(software, verifies_what_rsa_keys_sign)
{
    EVP_PKEY *key = software_fixture("RSA", "key");
    unsigned char signature[ROOM];

    expect_verified(CKM_SHA256_RSA_PKCS, signature,
                    sign(key, "SHA256", signature));
    expect_verified(CKM_RSA_PKCS, signature, sign(key, NULL, signature));
    EVP_PKEY_free(key);
}

Test(software, verifies_what_ed25519_keys_sign)
{
    EVP_PKEY *key = software_fixture("ED25519", "key");
    unsigned char signature[ROOM];

    expect_verified(CKM_EDDSA, signature, sign(key, NULL, signature));
    EVP_PKEY_free(key);
}

/* As PKCS #11 has it: the two numbers, one behind the other. */
Test(software, verifies_what_ec_keys_sign)
{
    EVP_PKEY *key = software_fixture("EC", "key");
    unsigned char bytes[ROOM], signature[64];
    const unsigned char *at = bytes;
    ECDSA_SIG *its = d2i_ECDSA_SIG(NULL, &at, (long)sign(key, NULL, bytes));

    cr_assert_not_null(its);
    BN_bn2binpad(ECDSA_SIG_get0_r(its), signature, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(its), signature + 32, 32);
    ECDSA_SIG_free(its);
    expect_verified(CKM_ECDSA, signature, sizeof(signature));
    EVP_PKEY_free(key);
}

/* -- Encrypting --------------------------------------------------------------
 */

Test(software, encrypts_what_rsa_keys_decrypt)
{
    EVP_PKEY *key = software_fixture("RSA", "key");
    struct identity_place place = software_place();
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE data[32] = "hidden", hidden[ROOM], opened[ROOM];
    CK_ULONG length = sizeof(hidden);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    size_t room = sizeof(opened);

    cr_assert_eq(place.functions->C_EncryptInit(place.session, &mechanism,
                                                SOFTWARE_PUBLIC),
                 CKR_OK);
    cr_assert_eq(place.functions->C_Encrypt(place.session, data, sizeof(data),
                                            hidden, &length),
                 CKR_OK);
    cr_assert(EVP_PKEY_decrypt_init(context) == 1 &&
              EVP_PKEY_decrypt(context, opened, &room, hidden, length) == 1);
    cr_expect_arr_eq(opened, data, sizeof(data));
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

/* -- Attributes --------------------------------------------------------------
 */

static CK_RV
get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out,
    CK_ULONG *length)
{
    struct identity_place place = software_place();
    CK_ATTRIBUTE attribute = { type, out, *length };
    CK_RV rv = place.functions->C_GetAttributeValue(place.session, object,
                                                    &attribute, 1);

    *length = attribute.ulValueLen;
    return rv;
}

Test(software, shows_a_private_value_with_all_its_bytes)
{
    EVP_PKEY *key = software_fixture("EC", "key");
    unsigned char value[32];
    CK_ULONG length = 0;

    cr_expect_eq(get(SOFTWARE_PRIVATE, CKA_VALUE, NULL, &length), CKR_OK);
    cr_expect_eq(length, 32);
    length = 31;
    cr_expect_eq(get(SOFTWARE_PRIVATE, CKA_VALUE, value, &length),
                 CKR_BUFFER_TOO_SMALL);
    cr_expect_eq(length, CK_UNAVAILABLE_INFORMATION);
    length = sizeof(value);
    cr_expect_eq(get(SOFTWARE_PUBLIC, CKA_VALUE, value, &length),
                 CKR_ATTRIBUTE_TYPE_INVALID);
    EVP_PKEY_free(key);
}

Test(software, has_nothing_after_it_was_closed)
{
    EVP_PKEY *key = software_fixture("EC", "key");
    CK_ULONG length = 0;

    software_close();
    cr_expect_eq(get(SOFTWARE_PRIVATE, CKA_CLASS, NULL, &length),
                 CKR_OBJECT_HANDLE_INVALID);
    EVP_PKEY_free(key);
}
