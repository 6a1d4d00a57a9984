/* SPDX-License-Identifier: BSD-3-Clause */
/* Where copies that are being made are written down, for
 * router/transfer/journal*.c. */
#ifndef ROUTER_TRANSFER_JOURNAL_PRIVATE_H
#define ROUTER_TRANSFER_JOURNAL_PRIVATE_H

#include "router/transfer/journal.h"

#define JOURNAL_FIRST_LINE "p11mux transfer 1\n"

/* At the end of the name of a file that its process has left. */
#define JOURNAL_LEFT ".left"

/* The caller frees it; NULL: no memory. */
char *journal_folder(const char *state_dir);

/* Makes it where it is not there; false with a sentence. */
bool journal_make_folder(const char *state_dir, const char *folder,
                         struct error *error);

#endif
