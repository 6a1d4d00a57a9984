/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token that OpenSSL answers for, with the one key of a file on it: what
 * router/transfer copies from, as it does from a member. One at a time.
 */
#ifndef CLI_SOFTWARE_H
#define CLI_SOFTWARE_H

#include "common/der.h"
#include "common/error.h"
#include "router/identity-read.h"

#include <openssl/types.h>

/* What the key may do, wherever it is. */
enum software_usage {
    USAGE_SIGN = 1 << 0,
    USAGE_DECRYPT = 1 << 1,
    USAGE_UNWRAP = 1 << 2,
    USAGE_DERIVE = 1 << 3
};

/* What the objects of the key are to be like on the token that gets them. */
struct software_wish {
    struct octets id;
    struct octets label;
    struct octets subject; /* empty: none */
    unsigned usages;
    bool is_extractable;
};

/* Where its objects are. */
enum { SOFTWARE_PRIVATE = 1, SOFTWARE_PUBLIC = 2 };

/* The key is lent until software_close. */
bool software_open(EVP_PKEY *key, const struct software_wish *wish,
                   struct error *error);
void software_close(void);
struct identity_place software_place(void);

#endif
