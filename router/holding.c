/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a member has the objects of a call. */
#include "router/holding.h"

#include "router/token.h"

static enum holding
holds_object(const struct call *call, CK_OBJECT_HANDLE handle,
             const struct member *member)
{
    const struct object_space *objects = call->token->objects;

    if (object_space_was_seen(objects, handle, member->index))
        return HOLDS;
    /* It is in one backend session of one member. */
    return (object_space_flags(objects, handle) & OBJECT_IS_SESSION) != 0
               ? HOLDS_NOT
               : MAY_HOLD;
}

/* Two members that sign with the same one-time key give it away: the second one
 * does not while the first one is away either. */
static bool
is_used_up_elsewhere(const struct call *call, const struct member *member)
{
    if (!call->has_mechanism || call->asked_mechanism == NULL ||
        call->n_objects == 0 ||
        !operation_uses_up_its_key(call->asked_mechanism->mechanism))
        return false;
    for (unsigned i = 0; i < member->index; i++)
        if (object_space_was_seen(call->token->objects, call->asked[0], i))
            return true;
    return false;
}

enum holding
member_holds(const struct call *call, const struct member *member)
{
    enum holding least = HOLDS;

    if (is_used_up_elsewhere(call, member))
        return HOLDS_NOT;
    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT) {
            enum holding its = holds_object(call, call->asked[i], member);

            least = its < least ? its : least;
        }
    if (call->operation != NULL && call->operation->key != 0) {
        enum holding its = holds_object(call, call->operation->key, member);

        least = its < least ? its : least;
    }
    return least;
}
