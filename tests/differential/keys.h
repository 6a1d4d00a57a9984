/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys to work with: session objects made of known material. */
#ifndef TESTS_DIFFERENTIAL_KEYS_H
#define TESTS_DIFFERENTIAL_KEYS_H

#include "tests/differential/ask.h"

enum key_name {
    AES_128,
    AES_192,
    AES_256,
    DES3,
    SECRET_16,
    SECRET_32,
    SECRET_64,
    RSA_2048_PUBLIC,
    RSA_2048,
    RSA_3072_PUBLIC,
    RSA_3072,
    RSA_4096_PUBLIC,
    RSA_4096,
    P_256_PUBLIC,
    P_256,
    P_384_PUBLIC,
    P_384,
    P_521_PUBLIC,
    P_521,
    ED25519_PUBLIC,
    ED25519,
    N_KEYS,
    NO_KEY = N_KEYS
};

/* A user's session with keys in it, and the session to use them in: at first
 * the same one. */
struct keys {
    CK_SESSION_HANDLE owner;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE handles[N_KEYS + 1]; /* NO_KEY: 0 */
};

/* Starts the module, logs the user in, makes them all. */
struct keys keys_make(struct talk *talk);

/* Another session to use them in: what was left active in the last one is
 * not in the way of what comes now. */
void keys_renew(struct talk *talk, struct keys *keys);

#endif
