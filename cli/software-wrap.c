/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL wraps keys. */
#include "cli/software-private.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum { MOST_WRAPPED = 32 * 1024, AES_LENGTH = 32, BLOCK = 16, NONCE = 12 };

/* What comes of it, in `bytes`; nothing secret is. */
struct wrapping {
    CK_MECHANISM *mechanism;
    const struct software_object *by;
    unsigned char *bytes; /* MOST_WRAPPED of them */
    size_t length;
};

typedef CK_RV wrap(struct wrapping *wrapping, struct octets what);

static const struct hash {
    CK_MECHANISM_TYPE type;
    const char *name;
} hashes[] = {
    { CKM_SHA_1, "SHA1" },
    { CKM_SHA256, "SHA256" },
};

static const char *
hash_name(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        if (hashes[i].type == type)
            return hashes[i].name;
    return NULL;
}

/* The mask is made with the same hash. */
static CK_RV
encrypt_oaep(struct wrapping *wrapping, const CK_RSA_PKCS_OAEP_PARAMS *oaep,
             struct octets what)
{
    EVP_PKEY_CTX *context =
        wrapping->by->key == NULL
            ? NULL
            : EVP_PKEY_CTX_new_from_pkey(crypto_context(), wrapping->by->key,
                                         NULL);
    const char *hash = hash_name(oaep->hashAlg);
    bool is_done;

    wrapping->length = MOST_WRAPPED;
    is_done =
        context != NULL && hash != NULL &&
        EVP_PKEY_encrypt_init(context) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash, NULL) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, hash, NULL) == 1 &&
        EVP_PKEY_encrypt(context, wrapping->bytes, &wrapping->length,
                         what.bytes, what.length) == 1;
    EVP_PKEY_CTX_free(context);
    return is_done ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* Behind what is there already; with a tag at its end, or none. */
static CK_RV
encrypt_aes(struct wrapping *wrapping, const char *name,
            const unsigned char *key, const unsigned char *vector,
            size_t tag_length, struct octets what)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(crypto_context(), name, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char *at = wrapping->bytes + wrapping->length;
    int length = 0, rest = 0;
    bool is_done =
        cipher != NULL && context != NULL && what.length < MOST_WRAPPED / 2;

    if (is_done)
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    is_done = is_done &&
              EVP_EncryptInit_ex2(context, cipher, key, vector, NULL) == 1 &&
              EVP_EncryptUpdate(context, at, &length, what.bytes,
                                (int)what.length) == 1 &&
              EVP_EncryptFinal_ex(context, at + length, &rest) == 1 &&
              (tag_length == 0 ||
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG,
                                   (int)tag_length, at + length + rest) == 1);
    if (is_done)
        wrapping->length += (size_t)(length + rest) + tag_length;
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return is_done ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV
wrap_oaep(struct wrapping *wrapping, struct octets what)
{
    return encrypt_oaep(wrapping, wrapping->mechanism->pParameter, what);
}

static CK_RV
wrap_kwp(struct wrapping *wrapping, struct octets what)
{
    return encrypt_aes(wrapping, "AES-256-WRAP-PAD", wrapping->by->secret.bytes,
                       NULL, 0, what);
}

static CK_RV
wrap_cbc_pad(struct wrapping *wrapping, struct octets what)
{
    return encrypt_aes(wrapping, "AES-256-CBC", wrapping->by->secret.bytes,
                       wrapping->mechanism->pParameter, 0, what);
}

/* With OpenSSL's length of a nonce, and nothing beside what is wrapped. */
static CK_RV
wrap_gcm(struct wrapping *wrapping, struct octets what)
{
    const CK_GCM_PARAMS *its = wrapping->mechanism->pParameter;

    if (its->ulIvLen != NONCE || its->ulTagBits != 8 * (CK_ULONG)BLOCK ||
        its->ulAADLen != 0)
        return CKR_MECHANISM_PARAM_INVALID;
    return encrypt_aes(wrapping, "AES-256-GCM", wrapping->by->secret.bytes,
                       its->pIv, BLOCK, what);
}

/* An AES key of its own, and what that wraps. */
static CK_RV
wrap_rsa_aes(struct wrapping *wrapping, struct octets what)
{
    const CK_RSA_AES_KEY_WRAP_PARAMS *its = wrapping->mechanism->pParameter;
    CLEANUP(secret_wipe) struct secret key = { 0 };
    unsigned char zeros[AES_LENGTH] = { 0 };
    CK_RV rv;

    if (!secret_set(&key, zeros, sizeof(zeros)) ||
        !crypto_random(key.bytes, key.length))
        return CKR_HOST_MEMORY;
    rv = encrypt_oaep(wrapping, its->pOAEPParams,
                      (struct octets){ key.bytes, key.length });
    return rv != CKR_OK ? rv
                        : encrypt_aes(wrapping, "AES-256-WRAP-PAD", key.bytes,
                                      NULL, 0, what);
}

static const struct way {
    CK_MECHANISM_TYPE type;
    CK_ULONG parameter_length;
    bool is_by_secret;
    wrap *run;
} ways[] = {
    { CKM_RSA_PKCS_OAEP, sizeof(CK_RSA_PKCS_OAEP_PARAMS), false, wrap_oaep },
    { CKM_RSA_AES_KEY_WRAP, sizeof(CK_RSA_AES_KEY_WRAP_PARAMS), false,
      wrap_rsa_aes },
    { CKM_AES_KEY_WRAP_KWP, 0, true, wrap_kwp },
    { CKM_AES_GCM, sizeof(CK_GCM_PARAMS), true, wrap_gcm },
    { CKM_AES_CBC_PAD, BLOCK, true, wrap_cbc_pad },
};

static const struct way *
find_way(const CK_MECHANISM *mechanism)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (ways[i].type == mechanism->mechanism &&
            ways[i].parameter_length == mechanism->ulParameterLen)
            return &ways[i];
    return NULL;
}

/* A private key as PKCS #8. */
static CK_RV
wrap_private(const struct way *way, struct wrapping *wrapping, EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *bytes = NULL;
    int length = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
    CK_RV rv = CKR_HOST_MEMORY;

    PKCS8_PRIV_KEY_INFO_free(info);
    if (length > 0) {
        rv = way->run(wrapping, (struct octets){ bytes, (size_t)length });
        OPENSSL_clear_free(bytes, (size_t)length);
    }
    return rv;
}

static CK_RV
wrap_object(const struct way *way, struct wrapping *wrapping,
            const struct software_object *object)
{
    if (object->key != NULL)
        return wrap_private(way, wrapping, object->key);
    return way->run(wrapping, (struct octets){ object->secret.bytes,
                                               object->secret.length });
}

CK_RV
software_wrap(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
              CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped,
              CK_ULONG_PTR length)
{
    unsigned char bytes[MOST_WRAPPED];
    const struct way *way = find_way(mechanism);
    struct wrapping wrapping = { .mechanism = mechanism,
                                 .by = software_find(by),
                                 .bytes = bytes };
    const struct software_object *object = software_find(key);
    CK_ULONG room = *length;
    CK_RV rv;

    (void)session;
    if (object == NULL || wrapping.by == NULL)
        return CKR_KEY_HANDLE_INVALID;
    if (way == NULL)
        return CKR_MECHANISM_INVALID;
    if (way->is_by_secret != (wrapping.by->key == NULL))
        return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    rv = wrap_object(way, &wrapping, object);
    if (rv != CKR_OK)
        return rv;
    *length = wrapping.length;
    if (wrapped == NULL)
        return CKR_OK;
    if (room < wrapping.length)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(wrapped, bytes, wrapping.length);
    return CKR_OK;
}
