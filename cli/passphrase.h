/* SPDX-License-Identifier: BSD-3-Clause */
/* The passphrase of a file: read from its source, or asked for, once it is
 * needed. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "common/secret.h"
#include "config/config.h"

struct passphrase {
    const struct config_pin
        *source;      /* lent; NULL: who runs the tool is asked */
    const char *path; /* of the file; lent */
    bool is_read;
    struct secret secret;
};

/* Reads it, unless it was. */
bool passphrase_need(struct passphrase *passphrase, struct error *error);

/* The sentence for what does not open with it; false. */
bool passphrase_refuse(const struct passphrase *passphrase,
                       struct error *error);

void passphrase_clear(struct passphrase *passphrase);

#endif
