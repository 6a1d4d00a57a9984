/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a token by their public halves. */
#include "cli/key-ring.h"

#include "cli/handles.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "common/cleanup.h"
#include "router/public-key.h"

#include <stdlib.h>
#include <string.h>

/* A key that does not show its public half is like one that is not there. */
static bool
add_class(const struct visit *visit, CK_OBJECT_CLASS object_class,
          struct key_ring *out, struct error *error)
{
    CLEANUP(handles_clear) struct handles handles;
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };

    if (!handles_find(visit->session, &template, 1, &handles, error))
        return false;
    for (size_t i = 0; i < handles.n_items; i++) {
        struct identity *identity;

        if (identity_read(key_text_functions(), visit->session,
                          handles.items[i], true, &identity) != CKR_OK)
            continue;
        out->keys = memory_grow(out->keys, out->n_keys, sizeof(*out->keys));
        out->keys[out->n_keys++] = identity;
    }
    return true;
}

bool
key_ring_read(const struct visit *visit, struct key_ring *out,
              struct error *error)
{
    *out = (struct key_ring){ .keys = NULL };
    return add_class(visit, CKO_PRIVATE_KEY, out, error) &&
           add_class(visit, CKO_PUBLIC_KEY, out, error);
}

void
key_ring_clear(struct key_ring *ring)
{
    for (size_t i = 0; i < ring->n_keys; i++)
        identity_free(ring->keys[i]);
    free(ring->keys);
}

const struct identity *
key_ring_find(const struct key_ring *ring, struct octets certificate)
{
    CLEANUP(public_key_clear) struct public_key key;
    unsigned char fingerprint[IDENTITY_HASH_LENGTH];

    return public_key_from_certificate(certificate, &key) &&
                   public_key_fingerprint(&key, fingerprint)
               ? key_ring_find_key(ring, fingerprint)
               : NULL;
}

const struct identity *
key_ring_find_key(const struct key_ring *ring,
                  const unsigned char fingerprint[IDENTITY_HASH_LENGTH])
{
    for (size_t i = 0; i < ring->n_keys; i++)
        if (ring->keys[i]->has_fingerprint &&
            memcmp(ring->keys[i]->fingerprint, fingerprint,
                   IDENTITY_HASH_LENGTH) == 0)
            return ring->keys[i];
    return NULL;
}
