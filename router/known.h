/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects by what they are: handles in the order of a number that two which are
 * one have in common, so that long lists are merged in the time that sorting
 * takes. */
#ifndef ROUTER_KNOWN_H
#define ROUTER_KNOWN_H

#include "router/object.h"

struct known_item {
    uint64_t hash;
    CK_OBJECT_HANDLE handle;
};

struct known {
    struct known_item *items; /* NULL: it was not read */
    size_t count;
};

/* Of these handles, those whose objects can have a twin. False: no memory; the
 * caller clears it in any case. */
bool known_read(struct known *known, struct object_space *objects,
                const CK_OBJECT_HANDLE *handles, size_t n_handles);
void known_clear(struct known *known);

/* The first one that means the same object, and that `fits` (NULL: any) does
 * not refuse; or 0. */
typedef bool known_filter(CK_OBJECT_HANDLE handle, void *context);
CK_OBJECT_HANDLE known_find(const struct known *known,
                            struct object_space *objects,
                            const struct identity *identity, known_filter *fits,
                            void *context);

/* It is in one backend session of one member, and a twin of none. */
static inline bool
known_is_of_session(const struct object_space *objects, CK_OBJECT_HANDLE handle)
{
    return (object_space_flags(objects, handle) & OBJECT_IS_SESSION) != 0;
}

#endif
