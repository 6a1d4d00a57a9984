/* SPDX-License-Identifier: BSD-3-Clause */
/* The certificates of a token, those on it and those in the store. */
#ifndef CLI_HOLDING_H
#define CLI_HOLDING_H

#include "backends/certificate.h"
#include "cli/visit.h"
#include "common/crypto.h"

struct holding {
    CK_OBJECT_HANDLE on_token; /* 0: it is not there */
    CK_OBJECT_HANDLE in_store;
    struct octets value; /* owned, as the two below */
    struct octets id;
    struct octets label;
    bool is_x_509; /* has parts */
    struct certificate_parts parts;
    unsigned char sha256[SHA256_LENGTH]; /* of the value */
};

struct holdings {
    struct holding *items;
    size_t n_items;
};

/* The same one on the token and in the store, by value and CKA_ID, is one. One
 * that cannot be read is said, and left out; a store that cannot be is said,
 * and nothing is read. *out is to be cleared. */
bool holdings_read(const struct visit *visit, struct holdings *out,
                   struct error *error);
void holdings_clear(struct holdings *holdings);

/* One that is nowhere yet; copies what it is given. */
bool holding_make(struct octets value, struct octets id, struct octets label,
                  struct holding *out);
void holding_clear(struct holding *holding);

/* Takes one over. */
void holdings_add(struct holdings *holdings, const struct holding *holding);

/* The one with this value and CKA_ID; lent, NULL: there is none. */
const struct holding *holdings_find(const struct holdings *holdings,
                                    struct octets value, struct octets id);

/* Where it is: "on the token", "in the store", "on the token and in the
 * store". */
const char *holding_place(const struct holding *holding);

/* Of another one: the same value and CKA_ID. */
bool holding_is(const struct holding *holding, struct octets value,
                struct octets id);

#endif
