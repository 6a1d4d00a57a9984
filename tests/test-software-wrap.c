/* SPDX-License-Identifier: BSD-3-Clause */
/* The token that OpenSSL answers for: what it wraps OpenSSL unwraps. */
#include "tests/software-fixture.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

TestSuite(software_wrap, .fini = software_close);

enum { ROOM = 8192 };

static CK_RSA_PKCS_OAEP_PARAMS sha1 = { CKM_SHA_1, CKG_MGF1_SHA1,
                                        CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_RSA_PKCS_OAEP_PARAMS sha256 = { CKM_SHA256, CKG_MGF1_SHA256,
                                          CKZ_DATA_SPECIFIED, NULL, 0 };
static unsigned char vector[16] = "a vector of 16 b";

static CK_OBJECT_HANDLE
make_aes(void)
{
    struct identity_place place = software_place();
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(place.functions->C_GenerateKey(place.session, &mechanism,
                                                &template, 1, &object),
                 CKR_OK);
    return object;
}

static CK_RV
wrap(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key,
     unsigned char *out, CK_ULONG *length)
{
    struct identity_place place = software_place();

    return place.functions->C_WrapKey(place.session, mechanism, by, key, out,
                                      length);
}

static size_t
open_oaep(EVP_PKEY *key, const char *hash, const unsigned char *bytes,
          size_t length, unsigned char *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    size_t room = ROOM;

    cr_assert(EVP_PKEY_decrypt_init(context) == 1);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash, NULL);
    EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, hash, NULL);
    cr_assert(EVP_PKEY_decrypt(context, out, &room, bytes, length) == 1);
    EVP_PKEY_CTX_free(context);
    return room;
}

/* With a tag of 16 bytes at the end, or none. */
static size_t
open_aes(const char *name, const unsigned char *key, const unsigned char *iv,
         size_t tag_length, const unsigned char *bytes, size_t length,
         unsigned char *out)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0, rest = 0;

    length -= tag_length;
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    cr_assert(EVP_DecryptInit_ex2(context, cipher, key, iv, NULL) == 1);
    cr_assert(tag_length == 0 ||
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
                                  (int)tag_length,
                                  (void *)(uintptr_t)(bytes + length)) == 1);
    cr_assert(EVP_DecryptUpdate(context, out, &written, bytes, (int)length) ==
              1);
    cr_assert(EVP_DecryptFinal_ex(context, out + written, &rest) == 1);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return (size_t)(written + rest);
}

static void
expect_key(EVP_PKEY *key, const unsigned char *bytes, size_t length)
{
    EVP_PKEY *its = d2i_AutoPrivateKey(NULL, &bytes, (long)length);

    cr_assert_not_null(its);
    cr_expect(EVP_PKEY_eq(its, key) == 1);
    EVP_PKEY_free(its);
}

/* What wraps: the public half of another key, and an AES key, as the other end
 * gets it. */
struct bench {
    EVP_PKEY *key;
    EVP_PKEY *pair;
    CK_OBJECT_HANDLE pair_here;
    CK_OBJECT_HANDLE aes;
    unsigned char aes_bytes[ROOM];
};

static void
add_pair(struct bench *bench)
{
    unsigned char modulus[128], exponent[] = { 1, 0, 1 };
    struct identity_place place = software_place();
    CK_OBJECT_CLASS object_class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_MODULUS, modulus, sizeof(modulus) },
        { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
    };
    BIGNUM *number = NULL;

    bench->pair = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    cr_assert(EVP_PKEY_get_bn_param(bench->pair, OSSL_PKEY_PARAM_RSA_N,
                                    &number) == 1);
    BN_bn2binpad(number, modulus, sizeof(modulus));
    BN_free(number);
    cr_assert_eq(place.functions->C_CreateObject(place.session, template, 4,
                                                 &bench->pair_here),
                 CKR_OK);
}

static void
bench_open(struct bench *bench, const char *type, const char *hash,
           CK_RSA_PKCS_OAEP_PARAMS *oaep)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS_OAEP, oaep, sizeof(*oaep) };
    unsigned char bytes[ROOM];
    CK_ULONG length = sizeof(bytes);

    bench->key = software_fixture(type, "key");
    add_pair(bench);
    bench->aes = make_aes();
    cr_assert_eq(wrap(&mechanism, bench->pair_here, bench->aes, bytes, &length),
                 CKR_OK);
    cr_assert_eq(open_oaep(bench->pair, hash, bytes, length, bench->aes_bytes),
                 32);
}

static void
bench_close(struct bench *bench)
{
    EVP_PKEY_free(bench->key);
    EVP_PKEY_free(bench->pair);
}

/* The private key, wrapped by the AES key. */
static void
expect_wrapped(CK_MECHANISM *mechanism, const char *cipher,
               const unsigned char *iv, size_t tag_length)
{
    static const char *const types[] = { "RSA", "EC", "ED25519" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        unsigned char bytes[ROOM], opened[ROOM];
        CK_ULONG length = sizeof(bytes), asked = 0;
        struct bench bench;

        bench_open(&bench, types[i], "SHA256", &sha256);
        cr_assert_eq(wrap(mechanism, bench.aes, SOFTWARE_PRIVATE, NULL, &asked),
                     CKR_OK);
        cr_assert_eq(wrap(mechanism, bench.aes, SOFTWARE_PRIVATE, bytes,
                          &length),
                     CKR_OK);
        cr_expect_eq(length, asked);
        expect_key(bench.key, opened,
                   open_aes(cipher, bench.aes_bytes, iv, tag_length, bytes,
                            length, opened));
        length--;
        cr_expect_eq(wrap(mechanism, bench.aes, SOFTWARE_PRIVATE, bytes,
                          &length),
                     CKR_BUFFER_TOO_SMALL);
        bench_close(&bench);
        software_close();
    }
}

Test(software_wrap, wraps_as_rfc_5649_does)
{
    expect_wrapped(&(CK_MECHANISM){ CKM_AES_KEY_WRAP_KWP, NULL, 0 },
                   "AES-256-WRAP-PAD", NULL, 0);
}

Test(software_wrap, wraps_with_aes_cbc_pad)
{
    expect_wrapped(&(CK_MECHANISM){ CKM_AES_CBC_PAD, vector, sizeof(vector) },
                   "AES-256-CBC", vector, 0);
}

Test(software_wrap, wraps_with_aes_gcm)
{
    CK_GCM_PARAMS gcm = {
        .pIv = vector, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128
    };

    expect_wrapped(&(CK_MECHANISM){ CKM_AES_GCM, &gcm, sizeof(gcm) },
                   "AES-256-GCM", vector, 16);
}

Test(software_wrap, wraps_by_rsa_with_sha_1)
{
    struct bench bench;

    bench_open(&bench, "EC", "SHA1", &sha1);
    bench_close(&bench);
}

/* An AES key under OAEP, and behind it what that wraps. */
Test(software_wrap, wraps_with_rsa_aes)
{
    CK_RSA_AES_KEY_WRAP_PARAMS its = { 256, &sha256 };
    CK_MECHANISM mechanism = { CKM_RSA_AES_KEY_WRAP, &its, sizeof(its) };
    unsigned char bytes[ROOM], inner[ROOM], opened[ROOM];
    CK_ULONG length = sizeof(bytes);
    struct bench bench;

    bench_open(&bench, "RSA", "SHA256", &sha256);
    cr_assert_eq(wrap(&mechanism, bench.pair_here, SOFTWARE_PRIVATE, bytes,
                      &length),
                 CKR_OK);
    cr_assert_gt(length, 128);
    cr_assert_eq(open_oaep(bench.pair, "SHA256", bytes, 128, inner), 32);
    expect_key(bench.key, opened,
               open_aes("AES-256-WRAP-PAD", inner, NULL, 0, bytes + 128,
                        length - 128, opened));
    bench_close(&bench);
}

Test(software_wrap, refuses_what_does_not_wrap)
{
    CK_MECHANISM other = { CKM_AES_KEY_WRAP, NULL, 0 };
    CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
    CK_GCM_PARAMS gcm = { .pIv = vector, .ulIvLen = 16, .ulTagBits = 128 };
    CK_MECHANISM odd = { CKM_AES_GCM, &gcm, sizeof(gcm) };
    unsigned char bytes[ROOM];
    CK_ULONG length = sizeof(bytes);
    struct bench bench;

    bench_open(&bench, "EC", "SHA256", &sha256);
    cr_expect_eq(wrap(&other, bench.aes, SOFTWARE_PRIVATE, bytes, &length),
                 CKR_MECHANISM_INVALID);
    cr_expect_eq(wrap(&odd, bench.aes, SOFTWARE_PRIVATE, bytes, &length),
                 CKR_MECHANISM_PARAM_INVALID);
    cr_expect_eq(wrap(&kwp, bench.pair_here, SOFTWARE_PRIVATE, bytes, &length),
                 CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    cr_expect_eq(wrap(&kwp, bench.aes, 99, bytes, &length),
                 CKR_KEY_HANDLE_INVALID);
    bench_close(&bench);
}
