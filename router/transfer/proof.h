/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether two members' keys are the same one, shown by an operation on each:
 * what one makes, the other one must find right. */
#ifndef ROUTER_TRANSFER_PROOF_H
#define ROUTER_TRANSFER_PROOF_H

#include "router/identity-read.h"

enum proof {
    PROOF_NONE, /* no operation could be done with both */
    PROOF_GIVEN,
    PROOF_DIFFERENT
};

/* A key somewhere. */
struct proof_key {
    struct identity_place place;
    CK_OBJECT_HANDLE key;
};

/*
 * The private key signs, or else decrypts, and its public key verifies, or has
 * encrypted. That is made of the attributes of `public_key` (that key, or an
 * RSA key's private half; `object_class` says which) for the time of it.
 */
enum proof proof_of_private(struct proof_key private_key,
                            struct proof_key public_key,
                            CK_OBJECT_CLASS object_class, CK_KEY_TYPE type);

/* Both do the same, and get the same; the second one also goes by what they
 * tell of themselves where they can do nothing. */
enum proof proof_by_operation(struct proof_key one, struct proof_key other,
                              CK_KEY_TYPE type);
enum proof proof_of_secret(struct proof_key one, struct proof_key other,
                           CK_KEY_TYPE type);

#endif
