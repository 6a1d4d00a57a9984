/* SPDX-License-Identifier: BSD-3-Clause */
/* What an audit log says of the certificates in the store. */
#ifndef CLI_LEDGER_H
#define CLI_LEDGER_H

#include "cli/audit-entry.h"
#include "common/crypto.h"

/* One of a token, by the number that the store has for it; lines count from 1,
 * 0: there is none. */
struct account {
    char *token;
    uint64_t number;
    uint64_t made;    /* the line that says that it was made, or changed */
    uint64_t removed; /* the line that says that it is gone */
    char sha256[2 * SHA256_LENGTH + 1]; /* of its value, at last */
    bool is_found;                      /* for who holds it against the store */
};

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);
void ledger_freep(struct ledger **ledger);

/* Notes what a record tells of them, if it does. Of one that may tell of later
 * times than the store was looked at (`is_late`) nothing is missed. */
void ledger_note(struct ledger *ledger, const struct log_entry *entry,
                 bool is_late);

/* Lends; NULL: no record tells of it. */
struct account *ledger_find(struct ledger *ledger, const char *token,
                            uint64_t number);

/* Each, by token and number. */
typedef void ledger_visit(const struct account *account, void *context);
void ledger_each(struct ledger *ledger, ledger_visit *visit, void *context);

#endif
