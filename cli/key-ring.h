/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a token by their public halves. */
#ifndef CLI_KEY_RING_H
#define CLI_KEY_RING_H

#include "cli/visit.h"
#include "common/der.h"
#include "router/identity.h"

struct key_ring {
    struct identity **keys; /* the private ones first */
    size_t n_keys;
};

/* The keys that are seen: private ones mostly after a login. *out is to be
 * cleared. */
bool key_ring_read(const struct visit *visit, struct key_ring *out,
                   struct error *error);
void key_ring_clear(struct key_ring *ring);

/* Lends the key that a certificate is for; NULL: there is none. */
const struct identity *key_ring_find(const struct key_ring *ring,
                                     struct octets certificate);

/* The one with this public half. */
const struct identity *
key_ring_find_key(const struct key_ring *ring,
                  const unsigned char fingerprint[IDENTITY_HASH_LENGTH]);

#endif
