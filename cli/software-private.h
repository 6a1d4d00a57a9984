/* SPDX-License-Identifier: BSD-3-Clause */
/* What is on the token that OpenSSL answers for, for cli/software*.c. */
#ifndef CLI_SOFTWARE_PRIVATE_H
#define CLI_SOFTWARE_PRIVATE_H

#include "cli/software.h"
#include "common/secret.h"
#include "router/transfer/traits.h"

struct software_object {
    struct traits traits;
    EVP_PKEY *key;        /* owned; NULL: a secret one, or nothing is here */
    struct secret secret; /* of AES */
};

/* NULL: there is no such object. */
struct software_object *software_find(CK_OBJECT_HANDLE handle);

/* An attribute of which the object itself says nothing: the private values of
 * the file's key. Its length where `out` is NULL; 0: there is none. */
size_t software_value(const struct software_object *object,
                      CK_ATTRIBUTE_TYPE type, unsigned char *out);

/* Its public half as CKA_MODULUS and so on. */
bool software_describe_public(const EVP_PKEY *key, struct traits *traits);

/* A public key of what a template says. */
CK_RV software_make_public(const struct traits *traits, EVP_PKEY **out);

CK_RV software_wrap(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key,
                    CK_BYTE_PTR wrapped, CK_ULONG_PTR length);
CK_RV software_encrypt_init(CK_SESSION_HANDLE session,
                            CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV software_encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                       CK_ULONG data_length, CK_BYTE_PTR out,
                       CK_ULONG_PTR length);
CK_RV software_verify_init(CK_SESSION_HANDLE session,
                           CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV software_verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                      CK_ULONG data_length, CK_BYTE_PTR signature,
                      CK_ULONG length);

#endif
