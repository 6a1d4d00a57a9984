/* SPDX-License-Identifier: BSD-3-Clause */
/* One of the objects that a member has shown. */
#include "router/merge-object.h"

#include "common/cleanup.h"
#include "router/found.h"
#include "router/mode.h"
#include "router/pool.h"
#include "router/token.h"

#include <stdlib.h>

/* The handle means another object than it did (R2.11): the entry of before
 * loses its place, since what it stands for may be on other members, and what
 * is there now gets an entry of its own. */
static CK_RV
part(const struct call *call, CK_OBJECT_HANDLE *handle, CK_OBJECT_HANDLE its)
{
    object_space_unbind(call->token->objects, *handle, call->member->index);
    *handle = its;
    return found_register(call->pooled, handle, 1, false);
}

CK_RV
merge_identify(const struct call *call, CK_OBJECT_HANDLE *handle, bool *is_new,
               struct identity **out)
{
    const struct member *member = call->member;
    struct object_space *objects = call->token->objects;
    CLEANUP(identity_freep)
    struct identity *kept = object_space_identity(objects, *handle);
    struct identity *read = NULL;
    enum object_answer answer;
    CK_OBJECT_HANDLE its;
    CK_RV rv = CKR_OK;
    bool is_same;

    *is_new = kept == NULL;
    if (kept == NULL || member->reuses_handles) {
        answer = object_space_find(objects, *handle, member->index,
                                   call->pooled->handles, &its);
        if (answer != OBJECT_FOUND && answer != OBJECT_UNSETTLED)
            return CKR_OK;
        (void)identity_read(call->backend, call->backend_session, its, true,
                            &read);
    }
    if (kept != NULL && member->reuses_handles &&
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

CK_RV
merge_begin(struct merge *merge, const CK_OBJECT_HANDLE *entries,
            size_t n_entries)
{
    struct call *call = merge->call;

    if (hidden_may_be_on(call->member) && !hidden_read(&merge->hidden, call))
        return call->rv;
    return known_read(&merge->known, call->token->objects, entries, n_entries)
               ? CKR_OK
               : CKR_HOST_MEMORY;
}

void
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
    const struct member *member = merge->call->member;
    const struct token *token = member->token;
    struct object_space *objects = token->objects;
    size_t room = token->n_members * object_space_count(objects);
    CLEANUP(freep)
    CK_OBJECT_HANDLE *handles = calloc(room + 1, sizeof(*handles));
    size_t count = 0;

    for (unsigned i = 0; handles != NULL && i < token->n_members; i++)
        if (mode_facts[token->mode].moves_objects || i == member->index)
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
        !mode_facts[call->member->token->mode].moves_objects)
        return 0;
    if (merge->left.items == NULL)
        read_left(merge);
    return known_find(&merge->left, objects, identity, is_not_here, call);
}

/* -- One by one --------------------------------------------------------------
 */

/* What a device has built in is shown of the member that answers for the group
 * (R7.21). */
static bool
is_built_in(const struct identity *identity)
{
    return merge_is_of_all(identity) ||
           identity->object_class == CKO_HW_FEATURE ||
           identity->object_class == CKO_DOMAIN_PARAMETERS ||
           identity->object_class == CKO_VALIDATION;
}

/* An entry of an earlier search stays: the application may hold its handle.
 * Then two handles mean the object, of which one is shown. Who finds that a new
 * one has gone finds the twin in its place. */
static CK_RV
bind_twin(const struct call *call, CK_OBJECT_HANDLE twin,
          CK_OBJECT_HANDLE handle, bool is_new)
{
    const struct member *member = call->member;
    struct object_space *objects = call->token->objects;
    struct object_place place = { .member = member->index,
                                  .epoch = call->pooled->handles };

    if (object_space_find(objects, handle, place.member, place.epoch,
                          &place.handle) == OBJECT_UNKNOWN)
        return CKR_OK;
    if (!is_new && member->reuses_handles)
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
is_to_be_looked_for(const struct member *member, bool is_first_seen)
{
    return is_first_seen && member->reuses_handles && hidden_may_be_on(member);
}

/* Whether it is what it was when it was first read, now that the files were:
 * what it is by now may not be proven. */
static bool
is_still(const struct call *call, CK_OBJECT_HANDLE handle,
         const struct identity *identity)
{
    CLEANUP(identity_freep)
    struct identity *read = found_read(call, handle);

    return read != NULL && identity_may_be_same_twin(identity, read);
}

/* One of the listed objects; *handle is 0 where it is no one of its own. */
static CK_RV
merge_one(struct merge *merge, CK_OBJECT_HANDLE *handle)
{
    struct call *call = merge->call;
    struct member *member = call->member;
    struct object_space *objects = call->token->objects;
    bool is_first = member == token_member(member->token, 0);
    CLEANUP(identity_freep) struct identity *identity = NULL;
    CK_OBJECT_HANDLE twin = 0, same, its;
    bool is_new, is_hidden = false;
    CK_RV rv = merge_identify(call, handle, &is_new, &identity);

    if (rv != CKR_OK || identity == NULL)
        return rv;
    its = same = *handle;
    if (!known_is_of_session(objects, its)) {
        twin = known_find(&merge->known, objects, identity, NULL, NULL);
        same = twin == 0 && is_new ? find_left(merge, identity) : twin;
        if (is_to_be_looked_for(member, is_new || (same != 0 && same != its))) {
            if (!hidden_read(&merge->hidden, call))
                return call->rv;
            is_hidden = !is_still(call, its, identity);
        }
        if (hidden_is_buried(&merge->hidden, call, its, identity)) {
            tombstone_bury(member, its);
            *handle = 0;
            return CKR_OK;
        }
        if (is_hidden ||
            hidden_is_unproven(&merge->hidden, identity, same != 0)) {
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

/* A search that goes on at the same time may have taken the entry away, for a
 * twin's. */
CK_RV
merge_object(struct merge *merge, CK_OBJECT_HANDLE its, CK_OBJECT_HANDLE *out)
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
