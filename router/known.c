/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts handles by what their objects are, and finds twins among them. */
#include "router/known.h"

#include "common/cleanup.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
    const struct known_item *left = a;
    const struct known_item *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->handle < right->handle ? -1 : left->handle > right->handle;
}

bool
known_read(struct known *known, struct object_space *objects,
           const CK_OBJECT_HANDLE *handles, size_t n_handles)
{
    known->items = calloc(n_handles + 1, sizeof(*known->items));
    known->count = 0;
    if (known->items == NULL)
        return false;
    for (size_t i = 0; i < n_handles; i++) {
        CLEANUP(identity_freep)
        struct identity *identity = object_space_identity(objects, handles[i]);
        uint64_t hash = identity == NULL ? 0 : identity_key_hash(identity);

        if (hash != 0 && !known_is_of_session(objects, handles[i]))
            known->items[known->count++] =
                (struct known_item){ hash, handles[i] };
    }
    if (known->count > 0)
        qsort(known->items, known->count, sizeof(*known->items), compare);
    return true;
}

void
known_clear(struct known *known)
{
    free(known->items);
}

/* The first one that is not less. */
static size_t
find_first(const struct known *known, uint64_t hash)
{
    size_t low = 0, high = known->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (known->items[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

CK_OBJECT_HANDLE
known_find(const struct known *known, struct object_space *objects,
           const struct identity *identity, known_filter *fits, void *context)
{
    uint64_t hash = identity_key_hash(identity);

    if (hash == 0)
        return 0;
    for (size_t i = find_first(known, hash);
         i < known->count && known->items[i].hash == hash; i++) {
        CK_OBJECT_HANDLE handle = known->items[i].handle;
        CLEANUP(identity_freep)
        struct identity *other = object_space_identity(objects, handle);

        if (other != NULL && identity_is_same_key(other, identity) &&
            (fits == NULL || fits(handle, context)))
            return handle;
    }
    return 0;
}
