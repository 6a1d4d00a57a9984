/* SPDX-License-Identifier: BSD-3-Clause */
/* A way to encrypt: all that is tried with it, there and back. */
#ifndef TESTS_DIFFERENTIAL_CIPHER_H
#define TESTS_DIFFERENTIAL_CIPHER_H

#include "tests/differential/keys.h"

struct cipher_way {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name encrypts;
    enum key_name decrypts;
    CK_ULONG length;
    bool is_random;
    enum works works;
};

/* Ends the process where it does not do what its row says. */
void cipher_play(struct talk *talk, struct keys *keys,
                 const struct cipher_way *way);

#endif
