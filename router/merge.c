/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that several members of a token have, shown once (R7.15). */
#include "router/merge.h"

#include "router/object.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/token.h"

/* Reads what a listed object is, once in the life of its entry. */
static struct identity *
identify(struct call *call, CK_OBJECT_HANDLE handle, bool *is_new)
{
    struct object_space *objects = call->token->objects;
    struct identity *identity = object_space_identity(objects, handle);
    CK_OBJECT_HANDLE its;
    bool is_same;

    *is_new = identity == NULL;
    if (identity != NULL)
        return identity;
    if (object_space_find(objects, handle, call->member->index,
                          call->pooled->handles, &its) > OBJECT_FOUND)
        return NULL;
    if (identity_read(call->backend, call->backend_session, its, true,
                      &identity) != CKR_OK)
        return NULL;
    (void)object_space_identify(objects, handle, identity, &is_same);
    return object_space_identity(objects, handle);
}

/* The earlier handle that means the same object, or 0. */
static CK_OBJECT_HANDLE
find_twin(struct call *call, const CK_OBJECT_HANDLE *handles, size_t n_handles,
          const struct identity *identity)
{
    for (size_t i = 0; i < n_handles; i++) {
        struct identity *other =
            object_space_identity(call->token->objects, handles[i]);
        bool is_same = other != NULL && identity_is_same_key(other, identity);

        identity_free(other);
        if (is_same)
            return handles[i];
    }
    return 0;
}

/* An entry of an earlier search stays: the application may hold its handle.
 * Then two handles mean the object, of which one is shown. */
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
    if (is_new)
        object_space_remove(objects, handle);
    return object_space_bind(objects, twin, place) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
merge_found(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
            size_t *count)
{
    size_t kept = first;

    for (size_t i = first; i < *count; i++) {
        bool is_new;
        struct identity *identity = identify(call, handles[i], &is_new);
        CK_OBJECT_HANDLE twin = 0;
        CK_RV rv = CKR_OK;

        if (identity != NULL)
            twin = find_twin(call, handles, first, identity);
        identity_free(identity);
        if (twin == 0)
            handles[kept++] = handles[i];
        else if (twin != handles[i])
            rv = bind_twin(call, twin, handles[i], is_new);
        if (rv != CKR_OK)
            return rv;
    }
    *count = kept;
    return CKR_OK;
}
