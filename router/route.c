/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a call to the member that answers it. */
#include "router/route.h"

#include "router/attempt.h"
#include "router/call-count.h"
#include "router/cancel.h"
#include "router/choice.h"
#include "router/fail-over.h"
#include "router/found.h"
#include "router/hang.h"
#include "router/holding.h"
#include "router/instance.h"
#include "router/login.h"
#include "router/loss.h"
#include "router/migration.h"
#include "router/outcome.h"
#include "router/pause.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/repeat.h"
#include "router/replicate.h"
#include "router/search.h"
#include "router/session-end.h"
#include "router/settle.h"
#include "router/spill.h"
#include "router/token.h"
#include "router/watch.h"
#include "router/write.h"

bool
route_enter(struct call *call, struct backend *backend)
{
    if (backend_is_guarded(backend)) {
        if (!watch_enter_for(call->session, call->member, backend)) {
            call->rv = CKR_FUNCTION_FAILED;
            route_give(call, POOL_CLEAN);
            return false;
        }
        call->guarded = backend;
    }
    session_enter(call->session, call->member->index, call->id);
    call->was_asked = true;
    return true;
}

static bool
is_writable(struct call *call)
{
    if (write_is_refused(call))
        return false;
    if (record_intent(call))
        return true;
    route_give(call, POOL_CLEAN); /* nobody has asked for anything */
    return false;
}

/* Of a key that nobody knows yet. */
static inline bool
is_first_use(const struct call *call)
{
    return call->n_objects > 0 &&
           __builtin_expect(object_space_is_unknown(call->token->objects,
                                                    call->asked[0]),
                            0);
}

/* Each key that something is about to begin with: the wrapped one too, and one
 * that goes into a digest. What is read, changed or copied is not used. */
static __attribute__((noinline)) void
note_uses(const struct call *call)
{
    const CK_RV *bad = call_facts[call->id].bad_object;

    if (call_is_size_query(call))
        return;
    for (unsigned i = 0; i < call->n_objects; i++)
        if (bad[i] != CKR_OBJECT_HANDLE_INVALID &&
            call->asked[i] != CALL_NO_OBJECT)
            migration_note_use(call, call->asked[i]);
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
    if (call->n_objects > 0 && process_keeps_records())
        found_describe(call);
    if (call->has_mechanism) {
        call->mechanism = call->asked_mechanism;
        if (call->mechanism->pParameter != NULL &&
            !route_resolve_mechanism(call))
            return false;
        if (is_first_use(call))
            found_identify(call);
        /* A second operation is where the first one is (R3.12). */
        if (!member_may_sign(call, call->member)) {
            call->rv = CKR_OPERATION_ACTIVE;
            return false;
        }
    }
    if (__builtin_expect(call->token->migration != NULL, 0))
        note_uses(call);
    if (call_facts[call->id].access != ACCESS_READ &&
        (!is_writable(call) || !replicate_before(call)))
        return false;
    return route_enter(call, call->pooled->backend);
}

bool
route_prepare(struct call *call)
{
    return prepare(call);
}

/* -- Choosing -----------------------------------------------------------------
 */

/* It has not followed the last login, or its life is over (member_begin_life
 * counts as a login). */
static __attribute__((noinline)) bool
use_after_change(struct call *call)
{
    if (call->pooled->epoch != atomic_load(&call->member->epoch))
        return repeat_outlived(call);
    if (call->session->active == 0)
        pool_refresh(&call->pooled, call->session);
    login_settle(call->pooled);
    /* What could not be replaced now is looked at again. */
    if ((atomic_load(&call->pooled->doubts) & POOL_REPLACED) != 0)
        call->pooled->login--;
    return true;
}

/* The one backend session of a plain token: nothing to choose. */
static inline bool
use(struct call *call, struct pool_session *pooled)
{
    call->pooled = pooled;
    call->member = pooled->member;
    if (__builtin_expect(call->token->mode != GROUP_SINGLE, 0) &&
        (!member_goes_on(call->member) ||
         (member_is_slow(call->member) && fail_over_is_better(call))))
        return fail_over_before(call);
    return __builtin_expect(login_is_followed(pooled), 1) ||
           use_after_change(call);
}

/* Another token in its slot, or somebody who took it out, has ended a plain
 * token's session. */
static inline bool
is_lost(struct call *call)
{
    const struct member *member = &call->token->members[0];
    const struct session *session = call->session;

    if (call->token->mode != GROUP_SINGLE)
        return session->is_lost && loss_has_ended(call);
    if (__builtin_expect(session->is_lost ||
                             session->tokens !=
                                 atomic_load_explicit(&member->tokens,
                                                      memory_order_relaxed),
                         0))
        return loss_has_ended(call);
    return __builtin_expect(member_is_away(member), 0) && loss_is_refused(call);
}

/* Whether a backend session is only lent, so that one that knows nothing of
 * an operation could answer. */
static bool
is_pooled(const struct call *call)
{
    return call->token->pool->mode == POOL_OPERATION;
}

/* What is said where no operation is active and no module is asked
 * (R3.11). */
static bool
refuse_without_operation(struct call *call)
{
    call->rv = route_lacks(call) ? CKR_FUNCTION_NOT_SUPPORTED
                                 : CKR_OPERATION_NOT_INITIALIZED;
    return false;
}

/* The operation that the call goes on with. Where there is none the module
 * says so; where the module would be asked in somebody else's backend session
 * it is said here (R3.11). */
static bool
go_on(struct call *call, const struct call_facts *facts)
{
    struct session *session = call->session;
    struct pool_session *bound = NULL;

    if (session_is_active(session, facts->operation)) {
        call->operation = session->operations[facts->operation];
        return use(call, call->operation->held);
    }
    if (is_pooled(call))
        return refuse_without_operation(call);
    if (session->active != 0)
        bound = session_bound(session);
    if (bound == NULL && call->token->mode == GROUP_SINGLE)
        bound = session->held;
    return bound != NULL ? use(call, bound) : choice_take(call);
}

static bool
choose(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    struct session *session = call->session;
    bool is_single = call->token->mode == GROUP_SINGLE;
    struct pool_session *bound;

    if (facts->stage > STAGE_INIT)
        return go_on(call, facts);
    bound = session->active == 0 ? NULL : session_bound(session);
    /* What runs beside an operation goes to its backend session, as it would
     * without p11mux; a second operation has to (R3.12). But where the first
     * one is was nobody's choice if operations are spread. */
    if (bound == NULL && is_single)
        bound = session->held;
    if (bound != NULL && facts->stage == STAGE_INIT &&
        __builtin_expect(!is_single, 0) &&
        choice_is_elsewhere(call, bound->member))
        bound = NULL;
    if (bound != NULL && (is_single || facts->stage == STAGE_INIT ||
                          facts->reach == REACH_BOUND))
        return use(call, bound);
    return choice_take(call);
}

/* An operation that waits at the door of a member which hangs goes on
 * elsewhere, if it may. */
static bool
leaves_door(struct call *call)
{
    return call->operation != NULL && call->token->mode != GROUP_SINGLE &&
           call->rv == CKR_FUNCTION_FAILED && call->denial == CALL_ALLOWED &&
           call->guarded == NULL && call->pooled != NULL &&
           backend_is_guarded(call->pooled->backend) && fail_over_before(call);
}

/* In a group another member may have what this one has not. */
static inline bool
prepare_or_go_on(struct call *call)
{
    return prepare(call) || choice_goes_on(call) ||
           (leaves_door(call) && prepare(call));
}

bool
route_choose(struct call *call)
{
    return choose(call) && prepare_or_go_on(call);
}

/* A certificate may be in the store, or may have to go there. */
static bool
choose_place(struct call *call)
{
    if (spill_has(call))
        return spill_take(call);
    return choose(call) && (!spill_wants(call) || spill_take(call));
}

static bool
route_to_place(struct call *call)
{
    return choose_place(call) && prepare_or_go_on(call) &&
           !spill_goes_first(call);
}

/* -- Rounds -----------------------------------------------------------------
 */

static bool
route_first(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    if (call->session != NULL && call->token->mode != GROUP_SINGLE)
        attempt_begin(call);
    if (facts->reach >= REACH_LOCAL)
        return true;
    if (call->session == NULL)
        return route_to_slot(call);
    if (call->has_mechanism && call->asked_mechanism == NULL) {
        call->rv = cancel_operation(call->session, facts->operation);
        return false;
    }
    if (facts->reach == REACH_EACH)
        return route_to_each(call);
    return call->token->overflow == NULL
               ? choose(call) && prepare_or_go_on(call)
               : route_to_place(call);
}

static inline bool
has_overflow(const struct call *call)
{
    return call->session != NULL && call->token->overflow != NULL;
}

/* Whether neither its token nor its user has gone meanwhile; what was active
 * at a logout is over (R3.15). */
static inline bool
is_as_it_was(struct call *call)
{
    struct session *session = call->session;
    uint32_t logouts =
        atomic_load_explicit(&call->token->login.logouts, memory_order_relaxed);

    if (__builtin_expect(session->logouts != logouts, 0)) {
        if (session->active != 0)
            session_end_operations(session);
        /* As it was when the call began: what it begins in the module during
         * a logout is over too. */
        session->logouts = logouts;
    }
    return !is_lost(call);
}

bool
call_route_any(struct call *call)
{
    bool is_each = call_facts[call->id].reach == REACH_EACH;

    if (call->rounds++ == 0) {
        if (call->rv != CKR_OK || hang_forbids(call) ||
            (call->session != NULL && !is_as_it_was(call)) ||
            (process_heeds() && !pause_admits(call)) ||
            (process_keeps_records() && record_denies(call)) ||
            !route_first(call))
            return false;
        call->is_single = !is_each && call->guarded == NULL &&
                          call_facts[call->id].reach != REACH_LOGIN &&
                          !has_overflow(call);
        return true;
    }
    call_count_answer(call);
    route_leave(call);
    if (!is_each && has_overflow(call) && spill_goes_on(call))
        return true;
    if (call->rv == CKR_OK && !is_each)
        return false;
    if (call->member == NULL)
        return false;
    if (call->rv == CKR_DEVICE_ERROR || call->rv == CKR_FUNCTION_FAILED)
        loss_note_device_error(call);
    if (call->rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        loss_note_vanished(call);
    if (call->session == NULL)
        return false;
    /* What it has does not move, and what it says is final. */
    if (!is_each && call->member == call->token->overflow)
        return false;
    return is_each ? route_to_each(call) : repeat_call(call);
}
