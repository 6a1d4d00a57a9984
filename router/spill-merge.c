/* SPDX-License-Identifier: BSD-3-Clause */
/* The same certificate on the token and in the store is shown once. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/spill-private.h"
#include "router/spill.h"
#include "router/token.h"
#include "router/values.h"
#include "router/watch.h"

#include <stdlib.h>
#include <string.h>

/* For most tokens that is enough at once. */
enum { FIRST_CERTIFICATES = 64 };

/* What is to be merged. */
struct merge {
    struct call *call;
    struct pool_session *pooled; /* on the token */
    CK_OBJECT_HANDLE *handles;
    size_t first; /* of those of the store */
    size_t count;
};

static bool
is_shown(const struct merge *merge, CK_OBJECT_HANDLE handle)
{
    for (size_t i = 0; i < merge->first; i++)
        if (merge->handles[i] == handle)
            return true;
    return false;
}

static void
hide(struct merge *merge, CK_OBJECT_HANDLE in_store)
{
    const struct call *call = merge->call;
    struct object_place place = { .member = call->token->overflow->index,
                                  .epoch = call->pooled->handles,
                                  .handle = in_store };
    CK_OBJECT_HANDLE handle = object_space_known(call->token->objects, place);
    size_t kept = merge->first;

    for (size_t i = merge->first; i < merge->count; i++)
        if (merge->handles[i] != handle)
            merge->handles[kept++] = merge->handles[i];
    merge->count = kept;
}

/* One that the token shows, by its value and CKA_ID (R7.15). */
static CK_RV
merge_one(struct merge *merge, CK_OBJECT_HANDLE on_token)
{
    static const struct value_request requests[] = {
        { .type = CKA_VALUE, .room = 4096, .may_be_longer = true },
        { .type = CKA_ID, .room = 256, .may_be_longer = true },
    };
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_VALUE, NULL, 0 },
        { CKA_ID, NULL, 0 },
    };
    struct values values;
    CK_OBJECT_HANDLE found[8];
    CK_ULONG n_found = 0;
    struct stay stay;
    CK_RV rv;

    if (!pool_enter(merge->pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_OK;
    rv = values_read(merge->pooled->functions, merge->pooled->handle, on_token,
                     requests, 2, &values);
    stay_end(&stay);
    if (rv != CKR_OK)
        return rv == CKR_HOST_MEMORY ? rv : CKR_OK;
    for (size_t i = 0; i < 2; i++) {
        struct octets value = values_get(&values, requests[i].type);

        wanted[i + 1].pValue = (void *)(uintptr_t)value.bytes;
        wanted[i + 1].ulValueLen = value.length;
    }
    if (wanted[1].ulValueLen > 0)
        rv = spill_search(merge->call->pooled, wanted, 3, found,
                          sizeof(found) / sizeof(found[0]), &n_found);
    values_clear(&values);
    for (CK_ULONG i = 0; i < n_found; i++)
        hide(merge, found[i]);
    return rv;
}

/* All certificates on the token, for the caller to free. Where it cannot be
 * asked now there are none: what is in both is shown twice then. */
static CK_RV
find_on_token(const struct merge *merge, CK_OBJECT_HANDLE **out,
              CK_ULONG *n_found)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_ULONG room = FIRST_CERTIFICATES / 2;
    CK_OBJECT_HANDLE *longer;

    do {
        room *= 2;
        longer = realloc(*out, room * sizeof(*longer));
        if (longer == NULL)
            return CKR_HOST_MEMORY;
        *out = longer;
        if (spill_search(merge->pooled, &wanted, 1, longer, room, n_found) !=
            CKR_OK)
            *n_found = 0;
    } while (*n_found == room);
    return CKR_OK;
}

static CK_RV
merge_all(struct merge *merge)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    const struct call *call = merge->call;
    struct object_place place = { .epoch = merge->pooled->handles };
    CK_ULONG n_found = 0;
    CK_RV rv = find_on_token(merge, &found, &n_found);

    for (CK_ULONG i = 0; rv == CKR_OK && i < n_found; i++) {
        place.handle = found[i];
        if (is_shown(merge, object_space_known(call->token->objects, place)))
            rv = merge_one(merge, found[i]);
    }
    return rv;
}

CK_RV
spill_merge(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
            size_t *count)
{
    struct merge merge = {
        .call = call, .handles = handles, .first = first, .count = *count
    };
    struct pool *pool = call->token->members[0].pool;
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CK_RV rv;

    if (call->token->spill_use != SPILL_MERGED || first == 0 ||
        *count == first ||
        pool_take(pool, call->session, false, &merge.pooled) != CKR_OK)
        return CKR_OK;
    rv = merge_all(&merge);
    pool_give(merge.pooled, call->session, POOL_CLEAN);
    *count = merge.count;
    return rv;
}
