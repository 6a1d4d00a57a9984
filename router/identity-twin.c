/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the public key of a private key that does not show it. */
#include "router/identity-read.h"

#include "common/cleanup.h"
#include "router/catalogue.h"

#include <stdlib.h>
#include <string.h>

static CK_RV
search(struct identity_place place, CK_ATTRIBUTE *attributes,
       size_t n_attributes, CK_OBJECT_HANDLE **out, size_t *count)
{
    enum { STEP = 64 };
    CLEANUP(freep) CK_OBJECT_HANDLE *handles = NULL;
    CK_ULONG n_found = 0;
    CK_RV rv = place.functions->C_FindObjectsInit(place.session, attributes,
                                                  n_attributes);

    *count = 0;
    while (rv == CKR_OK) {
        CK_OBJECT_HANDLE *more =
            realloc(handles, (*count + STEP) * sizeof(*handles));

        if (more == NULL) {
            rv = CKR_HOST_MEMORY;
            break;
        }
        handles = more;
        n_found = 0;
        rv = place.functions->C_FindObjects(place.session, handles + *count,
                                            STEP, &n_found);
        if (rv != CKR_OK || n_found == 0 || n_found > STEP)
            break;
        *count += n_found;
    }
    /* A search that failed to begin is active all the same in SoftHSM. */
    if (rv != CKR_OPERATION_ACTIVE)
        (void)place.functions->C_FindObjectsFinal(place.session);
    if (rv != CKR_OK)
        return rv;
    *out = handles;
    handles = NULL;
    return CKR_OK;
}

CK_RV
identity_search(struct identity_place place, CK_ATTRIBUTE *attributes,
                size_t n_attributes, CK_OBJECT_HANDLE **out, size_t *count)
{
    CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;

    if (place.catalogue != NULL)
        rv = catalogue_search(place.catalogue, attributes, n_attributes, out,
                              count);
    return rv == CKR_FUNCTION_NOT_SUPPORTED
               ? search(place, attributes, n_attributes, out, count)
               : rv;
}

/* The different keys that were found, and those with the wanted label. */
struct candidates {
    size_t n_keys; /* 2: two or more */
    size_t n_labelled;
    unsigned char key[IDENTITY_HASH_LENGTH];
    unsigned char labelled[IDENTITY_HASH_LENGTH];
};

static void
candidate_add(unsigned char *known, size_t *count,
              const unsigned char fingerprint[IDENTITY_HASH_LENGTH])
{
    if (*count == 0)
        memcpy(known, fingerprint, IDENTITY_HASH_LENGTH);
    if (*count == 0 || memcmp(known, fingerprint, IDENTITY_HASH_LENGTH) != 0)
        ++*count;
}

/* Whether the public key can belong to the private one. */
static bool
is_possible(const struct identity *private_key,
            const struct identity_material *its, const struct public_key *key)
{
    if (its->modulus.length > 0)
        return public_key_has_number(key, its->modulus);
    if (its->curve != 0)
        return key->curve == its->curve;
    return key->type == private_key->key_type;
}

static CK_RV
candidate_consider(struct identity_place place, CK_OBJECT_HANDLE object,
                   CK_OBJECT_CLASS object_class,
                   const struct identity *private_key,
                   const struct identity_material *its,
                   struct candidates *candidates)
{
    static const struct value_request label[] = {
        { .type = CKA_LABEL, .room = 256, .may_be_longer = true },
    };
    unsigned char fingerprint[IDENTITY_HASH_LENGTH];
    struct octets wanted = { private_key->label, private_key->label_length };
    struct identity_material material;
    struct values values;
    CK_RV rv = identity_material_read(place, object, object_class,
                                      private_key->key_type, &material);

    if (rv != CKR_OK)
        return rv;
    if (!material.has_key || !is_possible(private_key, its, &material.key) ||
        !public_key_fingerprint(&material.key, fingerprint)) {
        identity_material_clear(&material);
        return CKR_OK;
    }
    identity_material_clear(&material);
    candidate_add(candidates->key, &candidates->n_keys, fingerprint);
    rv = values_read(place.functions, place.session, object, label, 1, &values);
    if (rv != CKR_OK)
        return rv;
    if (wanted.length > 0 &&
        octets_equal(values_get(&values, CKA_LABEL), wanted))
        candidate_add(candidates->labelled, &candidates->n_labelled,
                      fingerprint);
    values_clear(&values);
    return CKR_OK;
}

/* Objects of a class with the key's CKA_ID, and with its label too. */
static CK_RV
search_like(struct identity_place place, CK_OBJECT_CLASS object_class,
            const struct identity *key, bool with_label, CK_OBJECT_HANDLE **out,
            size_t *count)
{
    CK_KEY_TYPE type = key->key_type;
    CK_ATTRIBUTE attributes[4] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_ID, key->id, key->id_length },
    };
    size_t n_attributes = 2;

    if (object_class != CKO_CERTIFICATE)
        attributes[n_attributes++] =
            (CK_ATTRIBUTE){ CKA_KEY_TYPE, &type, sizeof(type) };
    if (with_label)
        attributes[n_attributes++] =
            (CK_ATTRIBUTE){ CKA_LABEL, key->label, key->label_length };
    return identity_search(place, attributes, n_attributes, out, count);
}

static CK_RV
candidates_find(struct identity_place place, CK_OBJECT_CLASS object_class,
                const struct identity *private_key,
                const struct identity_material *its,
                struct candidates *candidates)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *handles = NULL;
    size_t count;
    CK_RV rv =
        search_like(place, object_class, private_key, false, &handles, &count);

    for (size_t i = 0; rv == CKR_OK && i < count; i++)
        rv = candidate_consider(place, handles[i], object_class, private_key,
                                its, candidates);
    return rv;
}

/*
 * Whether other private keys could have the same twin. Then only a label can
 * tell which is whose: *needs_label; and *is_hopeless where it cannot.
 */
static CK_RV
rivals_find(struct identity_place place, const struct identity *private_key,
            const struct identity_material *its, bool *needs_label,
            bool *is_hopeless)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *all = NULL;
    CLEANUP(freep) CK_OBJECT_HANDLE *labelled = NULL;
    size_t count;
    CK_RV rv;

    *needs_label = false;
    *is_hopeless = false;
    if (its->modulus.length > 0)
        return CKR_OK;
    rv = search_like(place, CKO_PRIVATE_KEY, private_key, false, &all, &count);
    if (rv != CKR_OK || count <= 1)
        return rv;
    *needs_label = true;
    *is_hopeless = private_key->label_length == 0;
    if (*is_hopeless)
        return CKR_OK;
    rv = search_like(place, CKO_PRIVATE_KEY, private_key, true, &labelled,
                     &count);
    *is_hopeless = count != 1;
    return rv;
}

CK_RV
identity_find_twin(struct identity_place place,
                   const struct identity *private_key,
                   const struct identity_material *its, bool *has,
                   unsigned char out[IDENTITY_HASH_LENGTH])
{
    struct candidates candidates = { 0 };
    bool needs_label, is_hopeless;
    CK_RV rv;

    *has = false;
    if (private_key->id_length == 0)
        return CKR_OK;
    rv = rivals_find(place, private_key, its, &needs_label, &is_hopeless);
    if (rv == CKR_OK && !is_hopeless)
        rv = candidates_find(place, CKO_PUBLIC_KEY, private_key, its,
                             &candidates);
    if (rv == CKR_OK && !is_hopeless && candidates.n_keys == 0)
        rv = candidates_find(place, CKO_CERTIFICATE, private_key, its,
                             &candidates);
    if (rv != CKR_OK) /* what cannot be searched has no twin to see */
        return rv == CKR_HOST_MEMORY ? rv : CKR_OK;
    if (!needs_label && candidates.n_keys == 1)
        memcpy(out, candidates.key, IDENTITY_HASH_LENGTH);
    else if (candidates.n_labelled == 1)
        memcpy(out, candidates.labelled, IDENTITY_HASH_LENGTH);
    *has =
        (!needs_label && candidates.n_keys == 1) || candidates.n_labelled == 1;
    return CKR_OK;
}
