/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks the files about copies and about what was destroyed. */
#include "router/proven.h"

#include "common/cleanup.h"
#include "router/tombstone.h"
#include "router/unproven.h"

/* Where handles are used again it may be another object by the time that the
 * files are read: what it is then was proven, or its file is there. */
CK_RV
proven_check(const struct member *member, const struct identity *identity,
             bool is_elsewhere, CK_OBJECT_HANDLE object, proven_reader *read,
             const void *asker)
{
    CLEANUP(tombstones_clear)
    struct tombstones tombstones = { .is_dark = false };
    CLEANUP(identity_freep) struct identity *now = NULL;
    CK_RV rv;

    if (!unproven_may_be_on(member) && !tombstones_may_be_on(member))
        return CKR_OK;
    tombstones_read(&tombstones, member);
    if (tombstones_hide(&tombstones, identity) ||
        unproven_is(member, identity, is_elsewhere))
        return CKR_OBJECT_HANDLE_INVALID;
    if (!member->reuses_handles && !tombstones_doubt(&tombstones, identity))
        return CKR_OK;
    rv = read(asker, object, &now);
    return rv == CKR_OK && (!identity_may_be_same_twin(identity, now) ||
                            tombstones_hide(&tombstones, now))
               ? CKR_OBJECT_HANDLE_INVALID
               : rv;
}
