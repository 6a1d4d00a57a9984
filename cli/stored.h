/* SPDX-License-Identifier: BSD-3-Clause */
/* The certificates in the store, of all tokens that are there. */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include "cli/visit.h"

#include <stdint.h>

struct stored {
    const struct token *token; /* lent */
    uint64_t number;           /* in the store */
    char *sha256;              /* of its value, in hexadecimal */
    char *subject;             /* NULL: it is no X.509 certificate */
};

struct stored_list {
    struct stored *items;
    size_t n_items;
    const struct token **tokens; /* that were read */
    size_t n_tokens;
    const struct token **absent; /* have a store too, and are not there */
    size_t n_absent;
};

/* *out is to be cleared, whatever comes of it. */
bool stored_read(struct visit *visit, struct stored_list *out,
                 struct error *error);
void stored_clear(struct stored_list *list);

#endif
