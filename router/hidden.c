/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells what a search does not show. */
#include "router/hidden.h"

#include "common/cleanup.h"
#include "router/found.h"
#include "router/route.h"
#include "router/token.h"

bool
hidden_may_be_on(const struct member *member)
{
    return unproven_may_be_on(member) || tombstones_may_be_on(member);
}

bool
hidden_read(struct hidden *hidden, struct call *call)
{
    const struct member *member = call->member;

    hidden_clear(hidden);
    route_leave(call);
    unproven_read(&hidden->unproven, member);
    tombstones_read(&hidden->tombstones, member);
    return route_enter(call, call->pooled->backend);
}

void
hidden_clear(struct hidden *hidden)
{
    unproven_clear(&hidden->unproven);
    tombstones_clear(&hidden->tombstones);
}

bool
hidden_is_unproven(const struct hidden *hidden, const struct identity *identity,
                   bool is_elsewhere)
{
    return unproven_has(&hidden->unproven, identity) ||
           (hidden->unproven.is_dark && is_elsewhere);
}

/* As it is there now. */
static bool
is_hidden_now(const struct hidden *hidden, const struct call *call,
              CK_OBJECT_HANDLE handle)
{
    CLEANUP(identity_freep)
    struct identity *read = found_read(call, handle);

    return read != NULL && tombstones_hide(&hidden->tombstones, read);
}

bool
hidden_is_buried(const struct hidden *hidden, const struct call *call,
                 CK_OBJECT_HANDLE handle, const struct identity *identity)
{
    return tombstones_hide(&hidden->tombstones, identity) ||
           (tombstones_doubt(&hidden->tombstones, identity) &&
            is_hidden_now(hidden, call, handle));
}

void
hidden_leave(const struct call *call, CK_OBJECT_HANDLE handle, bool is_new)
{
    struct object_space *objects = call->token->objects;
    unsigned member = call->member->index;

    if (is_new)
        object_space_remove(objects, handle);
    else if (object_space_is_elsewhere(objects, handle, member))
        object_space_unbind(objects, handle, member);
}
