/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a member has the objects of a call. */
#include "router/holding.h"

#include "router/facts.h"
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

/* Nobody can tell of a member whether it has a copy: it may be away, or show
 * its keys to nobody yet. So it is the configuration that says whose they are.
 */
bool
member_may_sign(const struct call *call, const struct member *member)
{
    unsigned operation = call_facts[call->id].operation;

    return member->index == 0 || call->asked_mechanism == NULL ||
           (operation != OPERATION_SIGN &&
            operation != OPERATION_MESSAGE_SIGN) ||
           !operation_uses_up_its_key(call->asked_mechanism->mechanism) ||
           (object_space_flags(call->token->objects, call->asked[0]) &
            OBJECT_IS_SESSION) != 0;
}

enum holding
member_holds(const struct call *call, const struct member *member)
{
    enum holding least = HOLDS;

    if (call->has_mechanism && !member_may_sign(call, member))
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
