/* SPDX-License-Identifier: BSD-3-Clause */
/* What copies that were right are like, and how they were made. */
#ifndef ROUTER_TRANSFER_PATTERN_H
#define ROUTER_TRANSFER_PATTERN_H

#include "common/crypto.h"
#include "router/transfer/ladder.h"
#include "router/transfer/traits.h"

enum { PATTERNS_MOST = 16 }; /* kinds of objects on a token, and few more */

struct pattern {
    unsigned char kind[SHA256_LENGTH];
    const struct rung *rung; /* NULL: it is created */
    bool had_point;
    enum traits_level level;
    bool is_reformed;
    CK_ULONG length; /* that it had, wrapped */
};

/* Zero-initialised is empty; the oldest one makes room. */
struct patterns {
    struct pattern items[PATTERNS_MOST];
    unsigned count;
    unsigned next;
};

/* The same for objects whose copies are given the same attributes, but for
 * names and numbers, of which only the lengths count. False only when OpenSSL
 * fails. */
bool pattern_kind(const struct traits *traits,
                  const struct traits *public_traits,
                  unsigned char out[SHA256_LENGTH]);

/* NULL: none; good until the next one is kept. */
struct pattern *patterns_find(struct patterns *patterns,
                              const unsigned char kind[SHA256_LENGTH]);
void patterns_keep(struct patterns *patterns, const struct pattern *pattern);
void patterns_drop(struct patterns *patterns,
                   const unsigned char kind[SHA256_LENGTH]);

#endif
