/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that have no session, those that every member has a part in, and those
 * that a member has not. */
#include "backends/list.h"
#include "router/choice.h"
#include "router/facts.h"
#include "router/mode.h"
#include "router/record.h"
#include "router/route.h"
#include "router/search.h"
#include "router/slot-list.h"
#include "router/spill.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/watch.h"

bool
route_to_slot(struct call *call)
{
    struct member_place place;

    call->member = token_member(call->token, 0);
    if (call->member == NULL) {
        slot_list_refresh(call->token->list);
        call->member = token_member(call->token, 0);
    }
    if (call->member == NULL) {
        call->rv = CKR_TOKEN_NOT_PRESENT;
        return false;
    }
    if (call_facts[call->id].effect == EFFECT_INIT_TOKEN &&
        !spill_may_init_token(call))
        return false;
    if (call_facts[call->id].access != ACCESS_READ && !record_intent(call))
        return false;
    member_read(call->member, &place);
    call->backend = place.functions;
    call->backend_slot = place.slot;
    if (!stay_begin_call(&call->stay, call->member, place.backend, call->id)) {
        call->rv = CKR_FUNCTION_FAILED;
        return false;
    }
    call->stays = true;
    call->was_asked = true;
    return true;
}

/* The how manyth member is asked. What moves from the last to the first is seen
 * on the last, which keeps it, before what there is of it on the first. */
static unsigned
turn_of(const struct token *token, unsigned index)
{
    return mode_facts[token->mode].moves_objects ? token->n_members - 1 - index
                                                 : index;
}

/* The next member whose part is wanted; its failure is not the last word
 * while others answer. */
bool
route_to_each(struct call *call)
{
    const struct token *token = call->token;
    bool was_last = call->member != NULL && call->member == token->overflow;
    unsigned first = call->member == NULL || was_last
                         ? 0
                         : turn_of(token, call->member->index) + 1;

    for (unsigned i = first; !was_last && i < token->n_members; i++) {
        struct member *member = &token->members[turn_of(token, i)];

        if (token->mode != GROUP_SINGLE && search_skips(call->session, member))
            continue;
        call->session->attempt.waits_for_slow = true;
        if (route_take(call, member) && route_prepare(call))
            return true;
        if (token->mode != GROUP_SINGLE && call->pooled == NULL)
            choice_note_failure(call);
    }
    return token->overflow != NULL && !was_last && search_may_go_on(call->rv) &&
           spill_take(call) && route_prepare(call);
}

bool
route_lacks(const struct call *call)
{
    struct member *member = token_member(call->token, 0);
    const CK_FUNCTION_LIST_3_2 *list =
        member == NULL ? NULL : atomic_load(&member->functions);

    return list != NULL && !list_has(list, call_facts[call->id].entry);
}

void
route_leave(struct call *call)
{
    if (call->session != NULL)
        session_leave(call->session);
    else if (call->stays)
        stay_end(&call->stay);
    call->stays = false;
    if (call->guarded != NULL)
        backend_leave(call->guarded);
    call->guarded = NULL;
}
