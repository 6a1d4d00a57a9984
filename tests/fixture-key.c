/* SPDX-License-Identifier: BSD-3-Clause */
/* Key pairs on tokens, and their signatures verified with OpenSSL. */
#include "tests/fixture.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static const CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
                                0xce, 0x3d, 0x03, 0x01, 0x07 };

/* The DigestInfo of SHA-256, before the hash. */
static const CK_BYTE sha256_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                       0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                       0x01, 0x05, 0x00, 0x04, 0x20 };

struct fixture_public {
    EVP_PKEY *key;
    bool is_rsa;
};

static struct fixture_pair
pair_make(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
          CK_MECHANISM_TYPE type, CK_ATTRIBUTE parameter, CK_ATTRIBUTE exponent,
          const char *label)
{
    CK_BBOOL yes = CK_TRUE;
    char text[64];
    CK_MECHANISM mechanism = { type, NULL, 0 };
    CK_ATTRIBUTE public_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_VERIFY, &yes, sizeof(yes) },
        { CKA_ID, text, strnlen(label, sizeof(text)) },
        { CKA_LABEL, text, strnlen(label, sizeof(text)) },
        parameter,
        exponent,
    };
    CK_ATTRIBUTE private_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_SIGN, &yes, sizeof(yes) },
        { CKA_ID, text, strnlen(label, sizeof(text)) },
        { CKA_LABEL, text, strnlen(label, sizeof(text)) },
    };
    struct fixture_pair pair;
    CK_RV rv;

    memcpy(text, label, strnlen(label, sizeof(text)));
    rv = list->C_GenerateKeyPair(session, &mechanism, public_template,
                                 exponent.pValue == NULL ? 5 : 6,
                                 private_template, 6, &pair.public_key,
                                 &pair.private_key);
    if (rv != CKR_OK)
        fixture_fail("C_GenerateKeyPair with mechanism 0x%lx: 0x%lx", type, rv);
    return pair;
}

struct fixture_pair
fixture_make_ec(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                const char *label)
{
    CK_BYTE curve[sizeof(p256)];

    memcpy(curve, p256, sizeof(p256));
    return pair_make(list, session, CKM_EC_KEY_PAIR_GEN,
                     (CK_ATTRIBUTE){ CKA_EC_PARAMS, curve, sizeof(curve) },
                     (CK_ATTRIBUTE){ CKA_VALUE, NULL, 0 }, label);
}

struct fixture_pair
fixture_make_rsa(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                 const char *label)
{
    CK_ULONG bits = 2048;
    CK_BYTE exponent[] = { 1, 0, 1 };

    return pair_make(list, session, CKM_RSA_PKCS_KEY_PAIR_GEN,
                     (CK_ATTRIBUTE){ CKA_MODULUS_BITS, &bits, sizeof(bits) },
                     (CK_ATTRIBUTE){ CKA_PUBLIC_EXPONENT, exponent,
                                     sizeof(exponent) },
                     label);
}

static CK_ULONG
attribute_read(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
               CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out,
               CK_ULONG room)
{
    CK_ATTRIBUTE attribute = { type, out, room };
    CK_RV rv = list->C_GetAttributeValue(session, object, &attribute, 1);

    if (rv != CKR_OK)
        fixture_fail("C_GetAttributeValue of 0x%lx: 0x%lx", type, rv);
    return attribute.ulValueLen;
}

static EVP_PKEY *
key_build(const char *type, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (parameters == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        fixture_fail("OpenSSL refuses the token's %s key", type);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *
key_read_rsa(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
             CK_OBJECT_HANDLE object)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    CK_BYTE modulus[512], exponent[16];
    CK_ULONG n_modulus = attribute_read(list, session, object, CKA_MODULUS,
                                        modulus, sizeof(modulus));
    CK_ULONG n_exponent =
        attribute_read(list, session, object, CKA_PUBLIC_EXPONENT, exponent,
                       sizeof(exponent));
    BIGNUM *n = BN_bin2bn(modulus, (int)n_modulus, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)n_exponent, NULL);
    EVP_PKEY *key;

    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    key = key_build("RSA", builder);
    BN_free(n);
    BN_free(e);
    return key;
}

/* CKA_EC_POINT is an OCTET STRING; some tokens give the bare point. */
static EVP_PKEY *
key_read_ec(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
            CK_OBJECT_HANDLE object)
{
    enum { POINT = 65 };
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    CK_BYTE point[POINT + 2];
    CK_ULONG length = attribute_read(list, session, object, CKA_EC_POINT, point,
                                     sizeof(point));

    if (length < POINT)
        fixture_fail("the token's point has %lu bytes", length);
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                    "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
                                     point + length - POINT, POINT);
    return key_build("EC", builder);
}

/* The two numbers of PKCS#11, as the DER of OpenSSL. */
static size_t
signature_to_der(const CK_BYTE *raw, size_t n_raw, CK_BYTE *out)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    int half = (int)(n_raw / 2), length;

    ECDSA_SIG_set0(signature, BN_bin2bn(raw, half, NULL),
                   BN_bin2bn(raw + half, half, NULL));
    length = i2d_ECDSA_SIG(signature, &out);
    ECDSA_SIG_free(signature);
    return length < 0 ? 0 : (size_t)length;
}

static bool
signature_verify(EVP_PKEY *key, bool is_rsa, const CK_BYTE *signature,
                 size_t n_signature, const CK_BYTE *hash, size_t n_hash)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool good = EVP_PKEY_verify_init(context) == 1;

    if (is_rsa)
        good = good &&
               EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
    good = good &&
           EVP_PKEY_verify(context, signature, n_signature, hash, n_hash) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

struct fixture_public *
fixture_read_public(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                    CK_OBJECT_HANDLE public_key)
{
    struct fixture_public *out = calloc(1, sizeof(*out));
    CK_KEY_TYPE type;

    if (out == NULL)
        fixture_fail("no memory for a key");
    attribute_read(list, session, public_key, CKA_KEY_TYPE, &type,
                   sizeof(type));
    out->is_rsa = type == CKK_RSA;
    out->key = out->is_rsa ? key_read_rsa(list, session, public_key)
                           : key_read_ec(list, session, public_key);
    return out;
}

void
fixture_free_public(struct fixture_public *key)
{
    if (key != NULL)
        EVP_PKEY_free(key->key);
    free(key);
}

void
fixture_prepare(const struct fixture_public *key, const CK_BYTE hash[32],
                struct fixture_input *out)
{
    size_t n_info = key->is_rsa ? sizeof(sha256_info) : 0;

    out->mechanism =
        (CK_MECHANISM){ key->is_rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0 };
    memcpy(out->data, sha256_info, n_info);
    memcpy(out->data + n_info, hash, 32);
    out->length = n_info + 32;
}

bool
fixture_verify(const struct fixture_public *key, const CK_BYTE hash[32],
               const CK_BYTE *signature, CK_ULONG length)
{
    CK_BYTE der[80];

    if (key->is_rsa)
        return signature_verify(key->key, true, signature, length, hash, 32);
    return length == 64 &&
           signature_verify(key->key, false, der,
                            signature_to_der(signature, 64, der), hash, 32);
}

bool
fixture_sign_check(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                   struct fixture_pair pair)
{
    struct fixture_public *key =
        fixture_read_public(list, session, pair.public_key);
    CK_BYTE hash[32], signature[512];
    CK_ULONG n_signature = sizeof(signature);
    struct fixture_input input;
    bool good;
    CK_RV rv;

    EVP_Digest("p11mux", 6, hash, NULL, EVP_sha256(), NULL);
    fixture_prepare(key, hash, &input);
    rv = list->C_SignInit(session, &input.mechanism, pair.private_key);
    if (rv == CKR_OK)
        rv = list->C_Sign(session, input.data, input.length, signature,
                          &n_signature);
    if (rv != CKR_OK)
        fixture_fail("signing with mechanism 0x%lx: 0x%lx",
                     input.mechanism.mechanism, rv);
    good = fixture_verify(key, hash, signature, n_signature);
    fixture_free_public(key);
    return good;
}

static CK_OBJECT_HANDLE
object_find(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
            CK_OBJECT_CLASS class, const char *label)
{
    char text[64];
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_LABEL, text, strnlen(label, sizeof(text)) },
    };
    CK_OBJECT_HANDLE found[2];
    CK_ULONG n_found = 0;
    CK_RV rv;

    memcpy(text, label, strnlen(label, sizeof(text)));
    rv = list->C_FindObjectsInit(session, template, 2);
    if (rv == CKR_OK)
        rv = list->C_FindObjects(session, found, 2, &n_found);
    if (rv == CKR_OK)
        rv = list->C_FindObjectsFinal(session);
    if (rv != CKR_OK)
        fixture_fail("a search for %s: 0x%lx", label, rv);
    if (n_found != 1)
        fixture_fail("there are %lu objects called %s, not one", n_found,
                     label);
    return found[0];
}

struct fixture_pair
fixture_find_pair(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
                  const char *label)
{
    return (struct fixture_pair){
        .public_key = object_find(list, session, CKO_PUBLIC_KEY, label),
        .private_key = object_find(list, session, CKO_PRIVATE_KEY, label),
    };
}
