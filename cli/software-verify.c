/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL verifies what keys elsewhere sign. */
#include "cli/software-private.h"
#include "common/crypto.h"

#include <openssl/evp.h>

/* How a signature is verified with OpenSSL. */
static const struct verifying {
    CK_MECHANISM_TYPE type;
    const char *hash;  /* NULL: the data is one */
    bool is_of_points; /* two numbers, one behind the other */
    bool is_whole;     /* it has its own hash */
} verifyings[] = {
    { CKM_SHA256_RSA_PKCS, "SHA256", false, true },
    { CKM_RSA_PKCS, NULL, false, false },
    { CKM_ECDSA, NULL, true, false },
    { CKM_EDDSA, NULL, false, true },
};

static struct {
    const struct verifying *how;
    struct software_object *by;
} active;

CK_RV
software_verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                     CK_OBJECT_HANDLE key)
{
    (void)session;
    active.how = NULL;
    active.by = software_find(key);
    if (active.by == NULL || active.by->key == NULL)
        return CKR_KEY_HANDLE_INVALID;
    for (size_t i = 0; i < sizeof(verifyings) / sizeof(verifyings[0]); i++)
        if (verifyings[i].type == mechanism->mechanism)
            active.how = &verifyings[i];
    return active.how != NULL ? CKR_OK : CKR_MECHANISM_INVALID;
}

static bool
verify_whole(struct octets data, struct octets signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_right = context != NULL &&
                    EVP_DigestVerifyInit_ex(context, NULL, active.how->hash,
                                            crypto_context(), NULL,
                                            active.by->key, NULL) == 1 &&
                    EVP_DigestVerify(context, signature.bytes, signature.length,
                                     data.bytes, data.length) == 1;

    EVP_MD_CTX_free(context);
    return is_right;
}

static bool
verify_hash(struct octets data, struct octets signature)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(crypto_context(), active.by->key, NULL);
    bool is_right = context != NULL && EVP_PKEY_verify_init(context) == 1 &&
                    EVP_PKEY_verify(context, signature.bytes, signature.length,
                                    data.bytes, data.length) == 1;

    EVP_PKEY_CTX_free(context);
    return is_right;
}

/* As OpenSSL wants it: a SEQUENCE of the two. */
static bool
verify_points(struct octets data, struct octets signature)
{
    size_t half = signature.length / 2;
    struct der der = { .bytes = NULL };
    bool is_right;

    der_add_integer(&der, (struct octets){ signature.bytes, half });
    der_add_integer(&der, (struct octets){ signature.bytes + half,
                                           signature.length - half });
    der_wrap(&der, 0, DER_SEQUENCE);
    is_right = !der.has_failed &&
               verify_hash(data, (struct octets){ der.bytes, der.length });
    der_free(&der);
    return is_right;
}

CK_RV
software_verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                CK_ULONG data_length, CK_BYTE_PTR signature, CK_ULONG length)
{
    struct octets what = { data, data_length }, its = { signature, length };
    bool is_right;

    (void)session;
    if (active.how == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    is_right = active.how->is_of_points ? verify_points(what, its)
               : active.how->is_whole   ? verify_whole(what, its)
                                        : verify_hash(what, its);
    active.how = NULL;
    return is_right ? CKR_OK : CKR_SIGNATURE_INVALID;
}
