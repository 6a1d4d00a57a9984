/* SPDX-License-Identifier: BSD-3-Clause */
/* Real tokens with keys and certificates on them, for tests of identities. */
#ifndef TESTS_IDENTITY_TOKEN_H
#define TESTS_IDENTITY_TOKEN_H

#include "tests/fixture.h"
#include "tests/key-fixture.h"

/* A logged-in session on a token, and what is needed to read objects. */
struct token {
    const CK_FUNCTION_LIST *list;
    CK_FUNCTION_LIST_3_2 functions;
    CK_SESSION_HANDLE session;
};

/* With the private OpenSSL context open, until the process ends. */
struct token softhsm_open(void);
struct token nss_open(void);

/* An attribute's value; fails the test when there is none. */
struct octets attribute(const struct token *token, CK_OBJECT_HANDLE object,
                        CK_ATTRIBUTE_TYPE type);

/* A key pair on the token, with one CKA_ID and CKA_LABEL; false when the
 * token cannot make such keys. */
bool make_pair(const struct token *token, CK_MECHANISM_TYPE type,
               struct octets parameters, const char *id, const char *label,
               struct fixture_pair *out);
struct fixture_pair make_curve(const struct token *token, int curve,
                               const char *id, const char *label);

/* A certificate for the key, on the token. */
CK_OBJECT_HANDLE make_certificate(const struct token *token, EVP_PKEY *key,
                                  const char *id);

/* OpenSSL's key of the numbers of a public key object. */
EVP_PKEY *openssl_rsa(const struct token *token, CK_OBJECT_HANDLE object);
EVP_PKEY *openssl_ec(const struct token *token, CK_OBJECT_HANDLE object,
                     int curve, size_t point_length);

#endif
