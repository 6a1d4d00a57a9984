/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that several members of a token have, shown once (R7.15). */
#include "router/merge.h"

#include "common/cleanup.h"
#include "router/found.h"
#include "router/merge-object.h"
#include "router/migration.h"
#include "router/session.h"
#include "router/tie.h"
#include "router/token.h"

/* There is nothing to merge: what is found is read once, for its handle to last
 * (R2.8), and each time where its handle may have been another's. */
static CK_RV
register_alone(struct call *call, CK_OBJECT_HANDLE *handles, size_t count)
{
    CK_RV rv = found_register_alone(call->pooled, handles, count);

    for (size_t i = 0;
         rv == CKR_OK && call->member->reuses_handles && i < count; i++) {
        CLEANUP(identity_freep) struct identity *identity = NULL;
        bool is_new;

        rv = merge_identify(call, &handles[i], &is_new, &identity);
    }
    return rv;
}

CK_RV
merge_found(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
            size_t *count)
{
    CLEANUP(merge_clear) struct merge merge = { .call = call };
    size_t kept = first;
    CK_RV rv = CKR_OK;

    if (tie_others(call->session) != 0)
        return register_alone(call, handles + first, *count - first);
    if (*count > first)
        rv = merge_begin(&merge, handles, first);
    for (size_t i = first; rv == CKR_OK && i < *count; i++) {
        CK_OBJECT_HANDLE handle;

        rv = merge_object(&merge, handles[i], &handle);
        if (rv == CKR_OK && handle != 0)
            handles[kept++] = handle;
    }
    if (rv == CKR_OK)
        *count = kept;
    return rv;
}

/* -- What all of them say ----------------------------------------------------
 */

/* Whether each member that is configured has it, or had it when last asked. */
static bool
is_everywhere(const struct token *token, CK_OBJECT_HANDLE handle)
{
    CLEANUP(identity_freep)
    struct identity *identity = object_space_identity(token->objects, handle);

    if (identity == NULL || !merge_is_of_all(identity))
        return true;
    for (unsigned i = 0; i < token->n_members; i++)
        if (!migration_has_left(&token->members[i]) &&
            !object_space_was_seen(token->objects, handle, i))
            return false;
    return true;
}

void
merge_settle(const struct token *token, bool wants_public,
             CK_OBJECT_HANDLE *handles, size_t *count)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++)
        if (is_everywhere(token, handles[i]) &&
            !(wants_public && (object_space_flags(token->objects, handles[i]) &
                               OBJECT_IS_PRIVATE) != 0))
            handles[kept++] = handles[i];
    *count = kept;
}
