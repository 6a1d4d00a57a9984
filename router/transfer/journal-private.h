/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the files of each kind are, for router/transfer/journal*.c. */
#ifndef ROUTER_TRANSFER_JOURNAL_PRIVATE_H
#define ROUTER_TRANSFER_JOURNAL_PRIVATE_H

#include "router/transfer/journal.h"

struct journal_facts {
    const char *folder; /* in the state folder */
    const char *first_line;
    const char *who;    /* writes them: "who copies objects" */
    const char *advice; /* on a file that is not understood */
};
extern const struct journal_facts journal_facts[JOURNAL_KINDS];

/* At the end of the name of a file that its process has left. */
#define JOURNAL_LEFT ".left"

#endif
