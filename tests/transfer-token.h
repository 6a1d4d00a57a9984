/* SPDX-License-Identifier: BSD-3-Clause */
/* Real tokens between which objects are copied. */
#ifndef TESTS_TRANSFER_TOKEN_H
#define TESTS_TRANSFER_TOKEN_H

#include "router/transfer/transfer.h"

/* A token, logged in; its functions and a session that may write. */
struct identity_place transfer_softhsm(const char *name);
struct identity_place transfer_nss(const char *name);
struct identity_place transfer_opencryptoki(void);

/* Objects that stay, with this label and CKA_ID. */
CK_OBJECT_HANDLE transfer_add_ec(struct identity_place place, const char *name,
                                 CK_BBOOL extractable);
/* The same without its public key, so that nothing tells which one it is. */
CK_OBJECT_HANDLE transfer_add_lone_ec(struct identity_place place,
                                      const char *name);
CK_OBJECT_HANDLE transfer_add_rsa(struct identity_place place,
                                  const char *name);
CK_OBJECT_HANDLE transfer_add_secret(struct identity_place place,
                                     CK_KEY_TYPE type, const char *name);

/* An AES key that does nothing and tells nothing of itself. */
CK_OBJECT_HANDLE transfer_add_half(struct identity_place place,
                                   const char *name);
CK_OBJECT_HANDLE transfer_add_data(struct identity_place place,
                                   const char *name);
CK_OBJECT_HANDLE transfer_add_certificate(struct identity_place place,
                                          const char *name);

/* The one of a class with this label; 0: none. Several fail the test. */
CK_OBJECT_HANDLE transfer_find(struct identity_place place,
                               CK_OBJECT_CLASS object_class, const char *name);

/* How many objects it has; those that stay, or with those of the session. */
size_t transfer_count(struct identity_place place, bool of_token);

#endif
