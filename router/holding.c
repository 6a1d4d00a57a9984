/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a member has the objects of a call. */
#include "router/holding.h"

#include "router/facts.h"
#include "router/session.h"
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

/* Whether the member may sign with the key for all that this process knows. */
static bool
may_have(const struct call *call, const struct member *member)
{
    const struct attempt *attempt = &call->session->attempt;

    return object_space_was_seen(call->token->objects, call->asked[0],
                                 member->index) ||
           !member_is_usable(member) ||
           (attempt->tried >> member->index & 1) == 0 ||
           attempt->failure != call_facts[call->id].bad_object[0];
}

/*
 * Two members that sign with the same one-time key give it away, also one after
 * the other, and in two processes: it is the first one's that has it, and each
 * of those before has said that it does not.
 */
static bool
is_used_up_elsewhere(const struct call *call, const struct member *member)
{
    unsigned operation = call_facts[call->id].operation;

    if (!call->has_mechanism || call->asked_mechanism == NULL ||
        (operation != OPERATION_SIGN && operation != OPERATION_MESSAGE_SIGN) ||
        !operation_uses_up_its_key(call->asked_mechanism->mechanism))
        return false;
    for (unsigned i = 0; i < member->index; i++)
        if (may_have(call, &call->token->members[i]))
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
