/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps of reading an identity, for router/identity*.c. */
#ifndef ROUTER_IDENTITY_READ_H
#define ROUTER_IDENTITY_READ_H

#include "router/identity.h"
#include "router/public-key.h"
#include "router/values.h"

struct catalogue;

/* Where objects are. */
struct identity_place {
    const CK_FUNCTION_LIST_3_2 *functions;
    CK_SESSION_HANDLE session;
    /* What it has by name, which answers searches for that; NULL: it is asked
     * each time. */
    const struct catalogue *catalogue;
};

/* As identity_read and identity_find, by whatever answers searches there. */
CK_RV identity_read_at(struct identity_place place, CK_OBJECT_HANDLE object,
                       bool may_search, struct identity **out);
CK_RV identity_find_at(struct identity_place place,
                       const struct identity *wanted, bool same_member,
                       CK_OBJECT_HANDLE *out);

/* What a key or certificate says of its public key. */
struct identity_material {
    struct values values;
    bool has_key;
    struct public_key key;
    /* Where a private key does not say all of it: */
    int curve;             /* 0: not known */
    struct octets modulus; /* lent by `values`; empty: not known */
};

/*
 * Reads what the object holds itself; `out` is to be cleared only after
 * CKR_OK. No attribute of a private or secret key is asked for that is not
 * public.
 */
CK_RV identity_material_read(struct identity_place place,
                             CK_OBJECT_HANDLE object,
                             CK_OBJECT_CLASS object_class, CK_KEY_TYPE type,
                             struct identity_material *out);
void identity_material_clear(struct identity_material *material);

/* All objects that a template finds, or those of the catalogue, which are token
 * objects alone; the caller frees *out after CKR_OK. */
CK_RV identity_search(struct identity_place place, CK_ATTRIBUTE *attributes,
                      size_t n_attributes, CK_OBJECT_HANDLE **out,
                      size_t *count);

/*
 * The fingerprint of a private key's public half, from the public key or the
 * certificate with the same CKA_ID; *has is false when there is none or more
 * than one could be meant. CKR_OK or CKR_HOST_MEMORY.
 */
CK_RV identity_find_twin(struct identity_place place,
                         const struct identity *private_key,
                         const struct identity_material *its, bool *has,
                         unsigned char out[IDENTITY_HASH_LENGTH]);

#endif
