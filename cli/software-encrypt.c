/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL encrypts what RSA keys elsewhere decrypt. */
#include "cli/software-private.h"
#include "common/crypto.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

static const struct software_object *active;

CK_RV
software_encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                      CK_OBJECT_HANDLE key)
{
    (void)session;
    active = software_find(key);
    if (active == NULL || active->key == NULL)
        return CKR_KEY_HANDLE_INVALID;
    return mechanism->mechanism == CKM_RSA_PKCS ? CKR_OK
                                                : CKR_MECHANISM_INVALID;
}

CK_RV
software_encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                 CK_ULONG data_length, CK_BYTE_PTR out, CK_ULONG_PTR length)
{
    EVP_PKEY_CTX *context = NULL;
    size_t room = *length;
    bool is_done;

    (void)session;
    if (active == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    context = EVP_PKEY_CTX_new_from_pkey(crypto_context(), active->key, NULL);
    is_done = context != NULL && EVP_PKEY_encrypt_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_encrypt(context, out, &room, data, data_length) == 1;
    EVP_PKEY_CTX_free(context);
    active = NULL;
    *length = room;
    return is_done ? CKR_OK : CKR_FUNCTION_FAILED;
}
