/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells what a search does not show. */
#include "router/hidden.h"

#include "common/cleanup.h"
#include "router/identity-read.h"
#include "router/object.h"
#include "router/pool.h"
#include "router/route.h"
#include "router/session.h"
#include "router/tie.h"
#include "router/token.h"

bool
hidden_may_be_on(const struct call *call)
{
    return (unproven_may_be_on(call->member) ||
            tombstones_may_be_on(call->member)) &&
           tie_others(call->session) == 0;
}

bool
hidden_read(struct hidden *hidden, struct call *call)
{
    hidden_clear(hidden);
    route_leave(call);
    unproven_read(&hidden->unproven, call->member);
    tombstones_read(&hidden->tombstones, call->member);
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
    CLEANUP(identity_freep) struct identity *read = NULL;
    CK_OBJECT_HANDLE its;
    enum object_answer answer =
        object_space_find(call->token->objects, handle, call->member->index,
                          call->pooled->handles, &its);

    return (answer == OBJECT_FOUND || answer == OBJECT_UNSETTLED) &&
           identity_read(call->backend, call->backend_session, its, true,
                         &read) == CKR_OK &&
           tombstones_hide(&hidden->tombstones, read);
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
hidden_leave(struct call *call, CK_OBJECT_HANDLE handle, bool is_new)
{
    struct object_space *objects = call->token->objects;

    if (is_new)
        object_space_remove(objects, handle);
    else if (object_space_is_elsewhere(objects, handle, call->member->index))
        object_space_unbind(objects, handle, call->member->index);
}
