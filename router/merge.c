/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that several members of a token have, shown once (R7.15). */
#include "router/merge.h"

#include "common/cleanup.h"
#include "router/found.h"
#include "router/hidden.h"
#include "router/known.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/object.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/tombstone.h"

#include <stdlib.h>

/* The handle means another object than it did (R2.11): the entry of before
 * loses its place, since what it stands for may be on other members, and what
 * is there now gets an entry of its own. */
static CK_RV
part(struct call *call, CK_OBJECT_HANDLE *handle, CK_OBJECT_HANDLE its)
{
    object_space_unbind(call->token->objects, *handle, call->member->index);
    *handle = its;
    return found_register(call->pooled, handle, 1, false);
}

/* What a listed object is, read once in the life of its entry; each time where
 * the module uses handles again. NULL where it does not say. */
static CK_RV
identify(struct call *call, CK_OBJECT_HANDLE *handle, bool *is_new,
         struct identity **out)
{
    struct object_space *objects = call->token->objects;
    CLEANUP(identity_freep)
    struct identity *kept = object_space_identity(objects, *handle);
    struct identity *read = NULL;
    enum object_answer answer;
    CK_OBJECT_HANDLE its;
    CK_RV rv = CKR_OK;
    bool is_same;

    *is_new = kept == NULL;
    if (kept == NULL || call->member->reuses_handles) {
        answer = object_space_find(objects, *handle, call->member->index,
                                   call->pooled->handles, &its);
        if (answer != OBJECT_FOUND && answer != OBJECT_UNSETTLED)
            return CKR_OK;
        (void)identity_read(call->backend, call->backend_session, its, true,
                            &read);
    }
    if (kept != NULL && call->member->reuses_handles &&
        (read == NULL || !identity_may_be_same_twin(kept, read))) {
        *is_new = true;
        rv = part(call, handle, its);
    }
    /* Another search may show it meanwhile. */
    *is_new = *is_new && object_space_is_unknown(objects, *handle);
    if (read != NULL && *is_new)
        (void)object_space_identify(objects, *handle, read, &is_same);
    else
        identity_free(read);
    if (rv == CKR_OK)
        *out = object_space_identity(objects, *handle);
    return rv;
}

/* -- What was known before this search ---------------------------------------
 */

/* What there is to compare with. */
struct merge {
    struct call *call;
    struct hidden hidden;
    struct known known; /* what earlier members have shown */
    struct known left;  /* what it may be that this member shows for the first
                           time; read when wanted */
};

static void
merge_clear(struct merge *merge)
{
    hidden_clear(&merge->hidden);
    known_clear(&merge->known);
    known_clear(&merge->left);
}

/* What this member had in any life; and what moves to it from another one. */
static void
read_left(struct merge *merge)
{
    const struct token *token = merge->call->token;
    struct object_space *objects = token->objects;
    size_t room = token->n_members * object_space_count(objects);
    CLEANUP(freep)
    CK_OBJECT_HANDLE *handles = calloc(room + 1, sizeof(*handles));
    size_t count = 0;

    for (unsigned i = 0; handles != NULL && i < token->n_members; i++)
        if (mode_facts[token->mode].moves_objects ||
            i == merge->call->member->index)
            count +=
                object_space_list(objects, i, handles + count, room - count);
    if (handles != NULL)
        (void)known_read(&merge->left, objects, handles, count);
}

static bool
is_not_here(CK_OBJECT_HANDLE handle, void *context)
{
    const struct call *call = context;
    CK_OBJECT_HANDLE ignored;

    return object_space_find(call->token->objects, handle, call->member->index,
                             call->pooled->handles, &ignored) == OBJECT_UNBOUND;
}

/* The handle that the object had in an earlier life of its member (R2.8), or on
 * the member that it has come from; or 0. */
static CK_OBJECT_HANDLE
find_left(struct merge *merge, const struct identity *identity)
{
    struct call *call = merge->call;
    struct object_space *objects = call->token->objects;

    if (!object_space_has_left(objects) &&
        !mode_facts[call->token->mode].moves_objects)
        return 0;
    if (merge->left.items == NULL)
        read_left(merge);
    return known_find(&merge->left, objects, identity, is_not_here, call);
}

/* -- One by one --------------------------------------------------------------
 */

/* What the device can do is what the group can do where all of them can. */
static bool
is_of_all(const struct identity *identity)
{
    return identity->object_class == CKO_MECHANISM ||
           identity->object_class == CKO_PROFILE;
}

/* What a device has built in is shown of the member that answers for the group
 * (R7.21). */
static bool
is_built_in(const struct identity *identity)
{
    return is_of_all(identity) || identity->object_class == CKO_HW_FEATURE ||
           identity->object_class == CKO_DOMAIN_PARAMETERS ||
           identity->object_class == CKO_VALIDATION;
}

/* An entry of an earlier search stays: the application may hold its handle.
 * Then two handles mean the object, of which one is shown. Who finds that a new
 * one has gone finds the twin in its place. */
static CK_RV
bind_twin(struct call *call, CK_OBJECT_HANDLE twin, CK_OBJECT_HANDLE handle,
          bool is_new)
{
    struct object_space *objects = call->token->objects;
    struct object_place place = { .member = call->member->index,
                                  .epoch = call->pooled->handles };

    if (object_space_find(objects, handle, place.member, place.epoch,
                          &place.handle) == OBJECT_UNKNOWN)
        return CKR_OK;
    if (!is_new && call->member->reuses_handles)
        object_space_doubt(objects, twin);
    if (!object_space_bind(objects, twin, place))
        return CKR_HOST_MEMORY;
    if (is_new)
        object_space_remove(objects, handle);
    return CKR_OK;
}

/* What is private on one member (R7.18), or for one use each login, is so. */
static void
mark(struct object_space *objects, CK_OBJECT_HANDLE handle,
     const struct identity *identity)
{
    if (identity->is_private)
        object_space_mark(objects, handle, OBJECT_IS_PRIVATE, OBJECT_IS_PUBLIC);
    if (identity->asks_each_time)
        object_space_mark(objects, handle, OBJECT_ASKS_EACH_TIME, 0);
}

/* What there was may have been another object under that handle. */
static bool
is_to_be_looked_for(const struct call *call, bool is_first_seen)
{
    return is_first_seen && call->member->reuses_handles &&
           hidden_may_be_on(call);
}

/* One of the listed objects; *handle is 0 where it is no one of its own. */
static CK_RV
merge_one(struct merge *merge, CK_OBJECT_HANDLE *handle)
{
    struct call *call = merge->call;
    struct object_space *objects = call->token->objects;
    bool is_first = call->member == token_member(call->token, 0);
    CLEANUP(identity_freep) struct identity *identity = NULL;
    CK_OBJECT_HANDLE twin = 0, same, its;
    bool is_new;
    CK_RV rv = identify(call, handle, &is_new, &identity);

    if (rv != CKR_OK || identity == NULL)
        return rv;
    its = same = *handle;
    if (!known_is_of_session(objects, its)) {
        twin = known_find(&merge->known, objects, identity, NULL, NULL);
        same = twin == 0 && is_new ? find_left(merge, identity) : twin;
        if (is_to_be_looked_for(call, is_new || (same != 0 && same != its)) &&
            !hidden_read(&merge->hidden, call))
            return call->rv;
        if (hidden_is_buried(&merge->hidden, call, its, identity)) {
            tombstone_bury(call->member, its);
            *handle = 0;
            return CKR_OK;
        }
        if (hidden_is_unproven(&merge->hidden, identity, same != 0)) {
            hidden_leave(call, its, is_new);
            *handle = 0;
            return CKR_OK;
        }
    }
    same = same == 0 ? its : same;
    mark(objects, same, identity);
    *handle = twin != 0 || (!is_first && is_built_in(identity)) ? 0 : same;
    return same == its ? CKR_OK : bind_twin(call, same, its, is_new);
}

/* What the member calls its; *out is as above. A search that goes on at the
 * same time may have taken the entry away, for a twin's. */
static CK_RV
merge_its(struct merge *merge, CK_OBJECT_HANDLE its, CK_OBJECT_HANDLE *out)
{
    enum { TRIES = 4 };
    struct call *call = merge->call;
    bool is_living = false;
    CK_RV rv = CKR_OK;

    for (int i = 0; rv == CKR_OK && !is_living && i < TRIES; i++) {
        *out = its;
        rv = found_register(call->pooled, out, 1, false);
        if (rv == CKR_OK)
            rv = merge_one(merge, out);
        is_living =
            *out == 0 || object_space_was_seen(call->token->objects, *out,
                                               call->member->index);
    }
    return rv;
}

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

        rv = identify(call, &handles[i], &is_new, &identity);
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
    if (*count > first && hidden_may_be_on(call) &&
        !hidden_read(&merge.hidden, call))
        return call->rv;
    if (!known_read(&merge.known, call->token->objects, handles, first))
        return CKR_HOST_MEMORY;
    for (size_t i = first; rv == CKR_OK && i < *count; i++) {
        CK_OBJECT_HANDLE handle;

        rv = merge_its(&merge, handles[i], &handle);
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

    if (identity == NULL || !is_of_all(identity))
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
