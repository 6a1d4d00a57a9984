/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An object that a member has shown, bound to the entry of what it is a twin
 * of (R7.15).
 */
#ifndef ROUTER_MERGE_OBJECT_H
#define ROUTER_MERGE_OBJECT_H

#include "router/hidden.h"
#include "router/known.h"

/* What there is to compare with. */
struct merge {
    struct call *call;
    struct hidden hidden;
    struct known known; /* what earlier members have shown */
    struct known left;  /* what it may be that this member shows for the first
                           time; read when wanted */
};

/* The call is inside the module, which has shown what is to be merged; the
 * entries are those of earlier members. The caller clears it in any case. */
CK_RV merge_begin(struct merge *merge, const CK_OBJECT_HANDLE *entries,
                  size_t n_entries);
void merge_clear(struct merge *merge);

/* `its` is what the member calls one of them; *out is its entry, or 0 where
 * it is no one of its own: it is bound to an entry that was there, or hidden.
 */
CK_RV merge_object(struct merge *merge, CK_OBJECT_HANDLE its,
                   CK_OBJECT_HANDLE *out);

/* What a listed object is, read once in the life of its entry; each time where
 * handles are used again. *is_new: nobody had read it before; *handle may
 * become that of an entry of its own. *out is NULL where nothing is known. */
CK_RV merge_identify(const struct call *call, CK_OBJECT_HANDLE *handle,
                     bool *is_new, struct identity **out);

/* What the device can do is what the group can do where all of them can. */
static inline bool
merge_is_of_all(const struct identity *identity)
{
    return identity->object_class == CKO_MECHANISM ||
           identity->object_class == CKO_PROFILE;
}

#endif
