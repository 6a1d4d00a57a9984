/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of a group that go on on another member (7.1, 7.3, R7.6). */
#include "router/fail-over.h"

#include "router/attempt.h"
#include "router/choice.h"
#include "router/facts.h"
#include "router/holding.h"
#include "router/login-private.h"
#include "router/operation-again.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/refusal.h"
#include "router/repeat-private.h"
#include "router/route.h"
#include "router/session.h"
#include "router/settle.h"
#include "router/token.h"

/* -- Leaving ----------------------------------------------------------------
 */

/* What the member is well with stays open where something else is in it. */
static void
leave_well(struct call *call)
{
    if (!call->pooled->is_lent ||
        session_uses(call->session, call->pooled, call->operation))
        atomic_fetch_or(&call->pooled->doubts, POOL_OUTLIVED);
    choice_leave(call, POOL_DIRTY);
}

static void
leave(struct call *call, enum finding finding)
{
    if (call->rewritten)
        mechanism_copy_release(call->session->passed);
    call->rewritten = false;
    if (finding == FOUND_WELL)
        leave_well(call);
    else
        repeat_leave(call);
}

/* -- Going ---------------------------------------------------------------- */

/*
 * Whether the key, as this member has it, wants a login for each use: the
 * application has begun on another one, and cannot know that (R7.9).
 */
static bool
wants_login(struct call *call)
{
    CK_BBOOL is_wanted = CK_FALSE;
    CK_ATTRIBUTE attribute = { CKA_ALWAYS_AUTHENTICATE, &is_wanted,
                               sizeof(is_wanted) };
    const struct pool_session *pooled = call->pooled;
    CK_OBJECT_HANDLE key;
    struct stay stay;
    CK_RV rv;

    if (call->session->attempt.is_again || call->operation->key == 0 ||
        !route_resolve(call, call->operation->key, CKR_KEY_HANDLE_INVALID,
                       &key) ||
        !pool_enter(pooled, CALL_C_GetAttributeValue, &stay))
        return false;
    rv = pooled->functions->C_GetAttributeValue(pooled->handle, key, &attribute,
                                                1);
    stay_end(&stay);
    if (rv != CKR_OK || is_wanted == CK_FALSE)
        return false;
    call->rv = CKR_USER_NOT_LOGGED_IN;
    return true;
}

static void
note_move(const struct call *call, const struct member *from)
{
    counts_note(pool_counts(from->pool), COUNTER_FAIL_OVERS);
    record_fail_over(call, from);
}

/* Takes a backend session there, and begins the operation again in it. */
static bool
arrive(struct call *call, struct member *member)
{
    bool is_dead;

    call->rv = CKR_OK;
    if (!route_take(call, member)) {
        choice_note_failure(call);
        return false;
    }
    if (call->operation == NULL)
        return true;
    call->operation->held = call->pooled;
    if (!wants_login(call) && operation_begin_again(call))
        return true;
    is_dead = outcome_of_call(call) == OUTCOME_SESSION_LOST;
    choice_note_failure(call);
    if (is_dead)
        choice_leave(call, POOL_LOST);
    else
        leave_well(call);
    return false;
}

static bool
arrive_prepared(struct call *call, struct member *member)
{
    bool is_dead;

    if (!arrive(call, member))
        return false;
    if (route_prepare(call))
        return true;
    is_dead = outcome_of_call(call) == OUTCOME_SESSION_LOST;
    choice_note_failure(call);
    if (call->pooled != NULL)
        leave(call, is_dead ? FOUND_FAULT : FOUND_WELL);
    return false;
}

static bool
go_to_another(struct call *call)
{
    struct member *next;

    while (!attempt_is_late(call) && (next = choice_member(call)) != NULL) {
        choice_note(call, next);
        if (arrive_prepared(call, next)) {
            call->session->attempt.has_moved = true;
            return true;
        }
    }
    return false;
}

static bool
go_elsewhere(struct call *call)
{
    struct member *from = call->member;

    if (!go_to_another(call))
        return false;
    note_move(call, from);
    return true;
}

/* -- What is to be done -----------------------------------------------------
 */

/* An answer of a member that is well stands; what was lost with one ends. */
static bool
stay_with(struct call *call, enum finding finding)
{
    return finding != FOUND_WELL &&
           repeat_give_up(call, call->session->attempt.failure);
}

/* The first failure is what is said when nobody can do it; that a device is
 * gone rather than what it said at that. */
static void
remember(struct call *call, enum finding finding)
{
    struct attempt *attempt = &call->session->attempt;

    attempt->tried |= UINT64_C(1) << call->member->index;
    attempt_remember(call,
                     finding == FOUND_WELL || call->rv == CKR_USER_NOT_LOGGED_IN
                         ? call->rv
                         : CKR_DEVICE_REMOVED);
}

/* Somewhere else; what a member has refused because of its session too. */
static bool
move(struct call *call, enum finding finding)
{
    struct attempt *attempt = &call->session->attempt;

    remember(call, finding);
    if (attempt->has_moved || !call_facts[call->id].may_repeat ||
        !repeat_is_allowed(call) || attempt_is_late(call) ||
        choice_member(call) == NULL || !repeat_restore_outputs(call))
        return stay_with(call, finding);
    leave(call, finding);
    return go_elsewhere(call) || repeat_give_up(call, attempt->failure);
}

/* In another backend session of the same member, once. */
static bool
renew(struct call *call, enum finding finding)
{
    struct attempt *attempt = &call->session->attempt;

    if (attempt->is_again)
        return move(call, finding);
    attempt->is_again = true;
    if (!repeat_is_allowed(call) || attempt_is_late(call) ||
        !repeat_restore_outputs(call)) {
        remember(call, finding);
        return stay_with(call, finding);
    }
    remember(call, finding);
    leave(call, finding);
    if (arrive_prepared(call, call->member))
        return true;
    return (call_facts[call->id].may_repeat && !attempt->has_moved &&
            go_elsewhere(call)) ||
           repeat_give_up(call, attempt->failure);
}

/* Its login is lost (class L); what waits for a login of its own says the same
 * (R3.23), and so does everybody to whom nobody has logged in. */
static bool
log_in(struct call *call)
{
    if (!login_wants_user(&call->token->login))
        return false;
    if (call->session->attempt.is_again || !login_restore(call->pooled))
        return move(call, FOUND_WELL);
    if (call->operation != NULL)
        return renew(call, FOUND_WELL);
    call->session->attempt.is_again = true;
    if (!repeat_restore_outputs(call))
        return false;
    call->rv = CKR_OK;
    return route_prepare(call);
}

/* It may have got another handle, or be on another member only (R2.13). */
static bool
rebind(struct call *call)
{
    CK_RV failure = call->rv;
    enum rebound found;

    if (call->n_objects == 0 || call->session->attempt.is_again)
        return false;
    found = settle_rebind(call);
    if (found == REBOUND) {
        call->session->attempt.is_again = true;
        if (!repeat_restore_outputs(call))
            return false;
        call->rv = CKR_OK;
        return route_prepare(call) || repeat_give_up(call, failure);
    }
    /* A lost token often looks like a lost object. */
    if (repeat_examine(call, OUTCOME_HANDLE, call_facts[call->id].function) ==
        FOUND_GONE)
        return move(call, FOUND_GONE);
    if (found == REBOUND_NOT)
        return false;
    for (unsigned i = 0; i < call->n_objects; i++)
        if ((object_space_flags(call->token->objects, call->asked[i]) &
             OBJECT_IS_SESSION) == 0)
            object_space_unbind(call->token->objects, call->asked[i],
                                call->member->index);
    return move(call, FOUND_WELL);
}

/*
 * Whether another member is asked for what this one has refused; else call->rv
 * is the answer of the first one, whatever others said after it.
 */
static bool
asks_another(struct call *call)
{
    const struct attempt *attempt = &call->session->attempt;

    if (!refusal_passes_on(call))
        return false;
    remember(call, FOUND_WELL);
    if (!attempt_is_late(call) && choice_member(call) != NULL &&
        repeat_restore_outputs(call))
        return true;
    call->rv = attempt->failure;
    return false;
}

/* What it has refused it has not begun, and it is well. */
static bool
pass_on(struct call *call)
{
    attempt_remember(call, call->rv);
    if (call->rewritten)
        mechanism_copy_release(call->session->passed);
    call->rewritten = false;
    choice_leave(call, POOL_CLEAN);
    return go_to_another(call) ||
           repeat_give_up(call, call->session->attempt.failure);
}

bool
fail_over(struct call *call, enum outcome outcome)
{
    const char *function = call_facts[call->id].function;
    enum finding finding;

    attempt_note_time(call);
    switch (outcome) {
    case OUTCOME_MEMBER_LOST:
        member_fail(call->member, function, call->rv);
        return move(call, FOUND_GONE);
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_SESSION_LOST:
        finding = repeat_examine(call, outcome, function);
        return finding == FOUND_FAULT ? renew(call, finding)
                                      : move(call, finding);
    case OUTCOME_LOGIN_LOST:
        return log_in(call);
    case OUTCOME_BUSY:
        if (repeat_is_spoilt(call))
            return renew(call, FOUND_FAULT);
        /* The application's own other operation is in its way (R3.12). */
        if (session_uses(call->session, call->pooled, call->operation))
            return false;
        return move(call, FOUND_WELL);
    case OUTCOME_HANDLE:
        return rebind(call);
    case OUTCOME_THROTTLED:
        return choice_member(call) == NULL ? repeat_later(call)
                                           : move(call, FOUND_WELL);
    default:
        return (choice_asks_another(call) || asks_another(call)) &&
               pass_on(call);
    }
}

/* Nothing else that the session has is in the way, which would end with it. */
bool
fail_over_is_better(const struct call *call)
{
    const struct member *next;

    if (!member_is_passed_over(call->member) || call->operation == NULL ||
        !repeat_is_allowed(call) ||
        session_uses(call->session, call->pooled, call->operation))
        return false;
    next = choice_member(call);
    return next != NULL && !member_is_slow(next) &&
           member_holds(call, next) == HOLDS;
}

bool
fail_over_before(struct call *call)
{
    struct attempt *attempt = &call->session->attempt;
    struct member *from = call->member, *next;
    bool is_only_slow = member_is_usable(from) && member_is_passed_over(from);

    if (call->operation == NULL || !repeat_is_allowed(call))
        return repeat_lose(call);
    attempt_note_time(call);
    attempt_remember(call, CKR_DEVICE_REMOVED);
    leave(call, FOUND_GONE);
    while (!attempt_is_late(call) && (next = choice_member(call)) != NULL) {
        choice_note(call, next);
        if (arrive(call, next)) {
            /* A slow one has not failed it. */
            attempt->has_moved = !is_only_slow;
            note_move(call, from);
            return true;
        }
    }
    return repeat_give_up(call, attempt->failure);
}

bool
fail_over_part(struct call *call, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_MEMBER_LOST:
        member_fail(call->member, call_facts[call->id].function, call->rv);
        return false;
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_SESSION_LOST:
        return repeat_examine(call, outcome, call_facts[call->id].function) ==
               FOUND_FAULT;
    default:
        return false;
    }
}
