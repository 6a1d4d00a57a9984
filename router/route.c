/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a call to the member that answers it. */
#include "router/route.h"

#include "router/cancel.h"
#include "router/instance.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/repeat.h"
#include "router/settle.h"
#include "router/token.h"

#include <stdlib.h>

/* -- Objects and mechanisms, as the member knows them --------------------- */

bool
route_resolve(struct call *call, CK_OBJECT_HANDLE handle, CK_RV bad,
              CK_OBJECT_HANDLE *out)
{
    const struct member *member = call->member;
    enum object_answer answer;

    /* The only one that may be told of no object at all; elsewhere it is a
     * number like any other that no object has. */
    if (handle == CALL_NO_OBJECT && call->id == CALL_C_SetOperationState) {
        *out = 0;
        return true;
    }
    answer = object_space_find(call->token->objects, handle, member->index,
                               call->pooled->epoch, out);
    if (answer == OBJECT_FOUND)
        return true;
    call->rv = settle_object(call, handle, answer, bad, out);
    return call->rv == CKR_OK;
}

static bool
resolve_in_parameter(void *context, CK_OBJECT_HANDLE handle,
                     CK_OBJECT_HANDLE *out)
{
    return route_resolve(context, handle, CKR_MECHANISM_PARAM_INVALID, out);
}

/* The copy is the session's until an operation has begun with it (R1.12): one
 * that is active keeps its own. */
static bool
rewrite_mechanism(struct call *call, const struct config_profile *settings)
{
    struct mechanism_resolver resolver = { resolve_in_parameter, call };
    struct mechanism_copy **copy = &call->session->passed;
    CK_RV rv;

    if (*copy == NULL)
        *copy = calloc(1, sizeof(**copy));
    if (*copy == NULL) {
        call->rv = CKR_HOST_MEMORY;
        return false;
    }
    mechanism_copy_release(*copy);
    rv = mechanism_rewrite(call->asked_mechanism, settings->mechanisms,
                           settings->n_mechanisms, resolver, *copy);
    if (rv != CKR_OK) {
        call->rv = rv;
        return false;
    }
    call->mechanism = mechanism_of(*copy);
    call->rewritten = true;
    return true;
}

bool
route_resolve_mechanism(struct call *call)
{
    const struct config_profile *settings;

    call->mechanism = call->asked_mechanism;
    settings = &backend_profile(call->pooled->backend)->settings;
    if (!mechanism_has_handles(call->mechanism, settings->mechanisms,
                               settings->n_mechanisms))
        return true;
    return rewrite_mechanism(call, settings);
}

static inline void
enter(struct call *call, struct backend *backend)
{
    if (backend_is_guarded(backend)) {
        backend_enter(backend);
        call->guarded = backend;
    }
    call->was_asked = true;
}

static inline bool
prepare(struct call *call)
{
    const CK_RV *bad = call_facts[call->id].bad_object;

    call->backend = call->pooled->functions;
    call->backend_session = call->pooled->handle;
    for (unsigned i = 0; i < call->n_objects; i++)
        if (!route_resolve(call, call->asked[i], bad[i], &call->object[i]))
            return false;
    if (call->has_mechanism) {
        call->mechanism = call->asked_mechanism;
        if (call->mechanism->pParameter != NULL &&
            !route_resolve_mechanism(call))
            return false;
    }
    enter(call, call->pooled->backend);
    return true;
}

bool
route_prepare(struct call *call)
{
    return prepare(call);
}

/* -- Choosing -----------------------------------------------------------------
 */

bool
route_take(struct call *call, struct member *member)
{
    call->member = member;
    /* A session of before a fork, whose token the child has not seen. */
    if (atomic_load(&member->functions) == NULL) {
        call->rv = CKR_DEVICE_REMOVED;
        return false;
    }
    call->rv = pool_take(member->pool, call->session, &call->pooled);
    return call->rv == CKR_OK;
}

/* The operation that the call goes on with, or whose session it needs. */
static struct operation *
find_operation(const struct call *call, const struct call_facts *facts)
{
    struct session *session = call->session;

    if (session->active == 0)
        return NULL;
    if (facts->stage > STAGE_INIT)
        return session_is_active(session, facts->operation)
                   ? session->operations[facts->operation]
                   : NULL;
    /* A second operation joins the first one's session (R3.12). */
    if (facts->stage == STAGE_INIT || facts->reach == REACH_BOUND)
        for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
            if (session_is_active(session, kind))
                return session->operations[kind];
    return NULL;
}

/* The one backend session of a plain token: nothing to choose, and it is the
 * module that says when it is gone. Another token in its slot ends it: that
 * is said once as what happened, then as what is left (R6.17, R6.18). */
static bool
use_held(struct call *call, struct pool_session *held)
{
    call->pooled = held;
    call->member = held->member;
    if (held->epoch ==
        atomic_load_explicit(&call->member->epoch, memory_order_relaxed))
        return true;
    call->rv = call->session->is_lost ? CKR_SESSION_HANDLE_INVALID
                                      : CKR_DEVICE_REMOVED;
    call->session->is_lost = true;
    call->pooled = NULL;
    return false;
}

/* In a group the object decides: a member that has it comes first. */
static struct member *
choose_member(const struct call *call)
{
    const struct token *token = call->token;
    CK_OBJECT_HANDLE ignored;

    for (unsigned i = 0; call->n_objects > 0 && token->mode != GROUP_SINGLE &&
                         i < token->n_members;
         i++) {
        struct member *member = &token->members[i];
        enum object_answer answer =
            object_space_find(token->objects, call->asked[0], i,
                              atomic_load(&member->epoch), &ignored);

        if (member_is_usable(member) && answer != OBJECT_UNBOUND &&
            answer != OBJECT_UNKNOWN)
            return member;
    }
    return token_member(token, 0);
}

static bool
choose(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    struct operation *operation = find_operation(call, facts);
    struct pool_session *held = call->session->held;
    struct member *member;

    if (operation != NULL) {
        if (facts->stage > STAGE_INIT)
            call->operation = operation;
        call->pooled = operation->held;
        call->member = call->pooled->member;
        return true;
    }
    if (held != NULL && call->token->mode == GROUP_SINGLE)
        return use_held(call, held);
    member = choose_member(call);
    if (member == NULL) {
        call->rv = CKR_DEVICE_REMOVED;
        return false;
    }
    return route_take(call, member);
}

/* -- Rounds -----------------------------------------------------------------
 */

static bool
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
    member_read(call->member, &place);
    call->backend = place.functions;
    call->backend_slot = place.slot;
    enter(call, place.backend);
    return true;
}

/* The next member whose part is wanted; its failure is not the last word
 * while others answer. */
static bool
route_to_each(struct call *call)
{
    unsigned first = call->member == NULL ? 0 : call->member->index + 1;
    struct pool_session *held = call->session->held;

    if (first == 0 && held != NULL && call->token->mode == GROUP_SINGLE)
        return use_held(call, held) && prepare(call);
    for (unsigned i = first; i < call->token->n_members; i++) {
        struct member *member = &call->token->members[i];

        if (call->token->mode != GROUP_SINGLE && !member_is_usable(member))
            continue;
        if (route_take(call, member) && prepare(call))
            return true;
    }
    return false;
}

static bool
route_first(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    if (facts->reach == REACH_LOCAL)
        return true;
    if (call->session == NULL)
        return route_to_slot(call);
    if (call->has_mechanism && call->asked_mechanism == NULL) {
        call->rv = cancel_operation(call->session, facts->operation);
        return false;
    }
    if (facts->reach == REACH_EACH)
        return route_to_each(call);
    return choose(call) && prepare(call);
}

void
route_leave(struct call *call)
{
    if (call->guarded != NULL)
        backend_leave(call->guarded);
    call->guarded = NULL;
}

/* Somebody else in this process has finalised the module (R3.38): for the
 * application its token is gone, not p11mux (R1.25). */
static void
note_vanished(struct call *call)
{
    struct backend *its = atomic_load(&call->member->backend);
    struct backend *backend =
        call->pooled != NULL ? call->pooled->backend : its;

    backend_vanish(backend);
    if (backend == its)
        member_displace(call->member); /* so that somebody looks again */
    call->rv =
        call->session != NULL ? CKR_DEVICE_REMOVED : CKR_TOKEN_NOT_PRESENT;
}

bool
call_route_any(struct call *call)
{
    bool is_each = call_facts[call->id].reach == REACH_EACH;

    if (call->rounds++ == 0) {
        if (call->rv != CKR_OK || !route_first(call))
            return false;
        call->is_single = !is_each && call->guarded == NULL;
        return true;
    }
    route_leave(call);
    if (call->rv == CKR_OK && !is_each)
        return false;
    if (call->member == NULL)
        return false;
    if (call->rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        note_vanished(call);
    if (call->session == NULL)
        return false;
    return is_each ? route_to_each(call) : repeat_call(call);
}
