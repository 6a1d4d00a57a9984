/* SPDX-License-Identifier: BSD-3-Clause */
/* A way to sign: all that is tried with it, and its verification. */
#ifndef TESTS_DIFFERENTIAL_SIGNING_H
#define TESTS_DIFFERENTIAL_SIGNING_H

#include "tests/differential/keys.h"

struct signing_way {
    const char *name;
    CK_MECHANISM mechanism;
    enum key_name signs;
    enum key_name verifies;
    CK_ULONG length;
    bool is_random;
    enum works works;
    enum works verified; /* by whom: NSS softoken does not verify a CMAC */
};

/* Ends the process where it does not do what its row says. */
void signing_play(struct talk *talk, struct keys *keys,
                  const struct signing_way *way);

#endif
