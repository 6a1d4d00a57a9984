/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the passphrase of a file. */
#include "cli/passphrase.h"

#include "cli/memory.h"
#include "cli/terminal.h"
#include "common/cleanup.h"
#include "pin/source.h"

#include <stdlib.h>

bool
passphrase_need(struct passphrase *passphrase, struct error *error)
{
    CLEANUP(freep) char *question = NULL;
    struct error its = { .rv = CKR_OK };

    if (passphrase->is_read)
        return true;
    question = memory_text("Passphrase of %s: ", passphrase->path);
    passphrase->is_read =
        passphrase->source != NULL
            ? pin_read(passphrase->source, NULL, &passphrase->secret, &its)
            : terminal_read_secret(question, "passphrase", &passphrase->secret,
                                   &its);
    return passphrase->is_read ||
           error_set(error, its.rv,
                     "%s is encrypted, and has no passphrase: "
                     "%s",
                     passphrase->path, its.text);
}

bool
passphrase_refuse(const struct passphrase *passphrase, struct error *error)
{
    return error_set(error, CKR_PIN_INCORRECT,
                     "%s: the passphrase does not open it; give the right one "
                     "with --passphrase, and if it is the right one, the file "
                     "is damaged",
                     passphrase->path);
}

void
passphrase_clear(struct passphrase *passphrase)
{
    secret_wipe(&passphrase->secret);
    passphrase->is_read = false;
}
