/* SPDX-License-Identifier: BSD-3-Clause */
/* Repeating a call after a failure that something can heal (7.3). */
#include "router/repeat.h"

#include "common/wake.h"
#include "router/fail-over.h"
#include "router/lengths.h"
#include "router/login.h"
#include "router/member-probe.h"
#include "router/operation-again.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/record.h"
#include "router/repeat-private.h"
#include "router/route.h"
#include "router/search.h"
#include "router/settle.h"
#include "router/token.h"

/* SEMANTICS 12: how long, and how often. */
static const uint64_t throttle_pause_ms = 1000;
enum { MOST_THROTTLED = 3 };

/* Whether what failed may be made again, from its Init on (7.3). What was
 * refused because of its session has not been looked at: that always. */
bool
repeat_is_allowed(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    const struct operation *operation = call->operation;

    if (operation == NULL)
        return facts->may_repeat || call->rv == CKR_SESSION_HANDLE_INVALID;
    return facts->may_repeat && operation->may_repeat &&
           (operation->is_recorded ||
            (facts->stage == STAGE_SINGLE && operation->bytes_in == 0));
}

/* The other operations on the backend session that failed go with it. */
static void
end_others(struct call *call)
{
    struct session *session = call->session;

    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            session->operations[kind] != call->operation &&
            session->operations[kind]->held == call->pooled) {
            session->active &= (uint16_t) ~(1u << kind);
            record_abandoned(session, session->operations[kind]);
            operation_end(session->operations[kind]);
        }
    search_lose(session, call->pooled);
}

void
repeat_leave(struct call *call)
{
    end_others(call);
    pool_give(call->pooled, call->session, POOL_LOST);
    call->pooled = NULL;
    if (call->operation != NULL)
        call->operation->held = NULL;
}

/* The operation is lost with its member (R7.7); call_finish records it. */
bool
repeat_give_up(struct call *call, CK_RV failure)
{
    call->rv = failure;
    if (call->operation != NULL) {
        unsigned kind = call_facts[call->id].operation;

        if (call->pooled != NULL) {
            end_others(call);
            pool_give(call->pooled, call->session, POOL_LOST);
        }
        call->session->active &= (uint16_t) ~(1u << kind);
        call->operation->held = NULL;
        call->pooled = NULL;
    }
    return false;
}

/* On another backend session of the member, with the operation begun again
 * there. */
static bool
take_over(struct call *call)
{
    repeat_leave(call);
    call->rv = CKR_OK;
    if (!route_take(call, call->member))
        return false;
    if (call->operation == NULL)
        return true;
    call->operation->held = call->pooled;
    return operation_begin_again(call);
}

/* Whether what the module wrote before it failed can be taken back. */
bool
repeat_restore_outputs(struct call *call)
{
    if (call->has_output && call->output_length != NULL)
        *call->output_length = call->output_room;
    return call->id != CALL_C_GetAttributeValue || lengths_restore(call);
}

/* A lent backend session with an operation on it that nobody here began
 * (R3.13). */
bool
repeat_is_spoilt(const struct call *call)
{
    return call->rv == CKR_OPERATION_ACTIVE && call->pooled->is_lent &&
           call->operation == NULL &&
           call_facts[call->id].stage == STAGE_INIT &&
           !session_uses(call->session, call->pooled, NULL);
}

/* -- The same member
 * ---------------------------------------------------------------------- */

/* What the application had there is lost with this call (R7.7). Whether
 * somebody is logged in, the token may have said already. */
bool
repeat_lose(struct call *call)
{
    CK_RV rv =
        call->rv == CKR_USER_NOT_LOGGED_IN ? call->rv : CKR_DEVICE_REMOVED;

    return repeat_give_up(call, rv);
}

/* In another backend session. What is said of the call itself there stands. */
static bool
anew(struct call *call)
{
    if (!take_over(call))
        return call->operation == NULL && call->pooled != NULL
                   ? false
                   : repeat_lose(call);
    return route_prepare(call) ||
           (call->operation != NULL && repeat_lose(call));
}

enum finding
repeat_examine(struct call *call, enum outcome outcome, const char *function)
{
    CK_RV failure = call->rv;

    switch (member_probe(call->member, call->pooled, outcome)) {
    case PROBE_WELL:
        return outcome == OUTCOME_AMBIGUOUS || outcome == OUTCOME_HANDLE
                   ? FOUND_WELL
                   : FOUND_FAULT;
    case PROBE_RENEWED:
        return FOUND_FAULT;
    case PROBE_GONE:
        member_fail(call->member, function, failure);
        return FOUND_GONE;
    default:
        if (call->token->mode != GROUP_SINGLE)
            member_fail(call->member, function, failure);
        return FOUND_GONE;
    }
}

static enum finding
examine(struct call *call, enum outcome outcome)
{
    return repeat_examine(call, outcome, call_facts[call->id].function);
}

static bool
heal(struct call *call, enum finding finding)
{
    switch (finding) {
    case FOUND_WELL:
        return false;
    case FOUND_FAULT:
        if (repeat_is_allowed(call) && repeat_restore_outputs(call))
            return anew(call);
        return repeat_lose(call);
    default:
        return repeat_lose(call);
    }
}

/* A search reads several answers before it is one call: only the first of them
 * is asked for again. */
bool
repeat_fresh(struct call *call)
{
    enum outcome outcome = outcome_of_call(call);

    if (repeat_is_spoilt(call))
        return anew(call);
    if (call->token->mode != GROUP_SINGLE)
        return fail_over_part(call, outcome) && anew(call);
    if (outcome != OUTCOME_MEMBER_LOST && outcome != OUTCOME_AMBIGUOUS &&
        outcome != OUTCOME_SESSION_LOST)
        return false;
    return heal(call, examine(call, outcome));
}

bool
repeat_outlived(struct call *call)
{
    if (call->token->mode != GROUP_SINGLE)
        return fail_over_before(call);
    if (call->operation == NULL) {
        repeat_leave(call);
        return route_take(call, call->member);
    }
    return repeat_is_allowed(call) && take_over(call) ? true
                                                      : repeat_lose(call);
}

/* The token has lost the login without a word (class L); not an operation that
 * waits for a login of its own (R3.23). */
static bool
repeat_logged_in(struct call *call)
{
    CK_RV failure = call->rv;

    if (call->operation != NULL || !login_restore(call->pooled) ||
        !repeat_restore_outputs(call))
        return false;
    call->rv = CKR_OK;
    return route_prepare(call) || repeat_give_up(call, failure);
}

/* Too many requests a second: the same again, a second later. What creates an
 * object was refused as well, not half done. */
bool
repeat_later(struct call *call)
{
    struct wake nobody = { 0 };
    struct deadline until = deadline_in(throttle_pause_ms);

    if (call->rounds > MOST_THROTTLED ||
        (!repeat_is_allowed(call) && call->id != CALL_C_CreateObject) ||
        !repeat_restore_outputs(call))
        return false;
    while (process_is_serving() && !deadline_has_passed(until))
        wake_wait(&nobody, until);
    return anew(call);
}

/* The object may have another handle now; a lost token often looks like a lost
 * object, so that it is asked about before that is said. */
static bool
repeat_rebound(struct call *call)
{
    CK_RV failure = call->rv;

    if (call->n_objects == 0 || !call->was_asked)
        return false;
    if (settle_rebind(call) != REBOUND)
        return heal(call, examine(call, OUTCOME_HANDLE));
    if (!repeat_restore_outputs(call))
        return false;
    call->rv = CKR_OK;
    return route_prepare(call) || repeat_give_up(call, failure);
}

bool
repeat_call(struct call *call)
{
    enum outcome outcome = outcome_of_call(call);
    /* At most one more try for each call of the application (R7.6). */
    bool is_last = call->rounds > 2;

    if (call->pooled == NULL)
        return false;
    if (call->token->mode != GROUP_SINGLE)
        return fail_over(call, outcome);
    switch (outcome) {
    case OUTCOME_MEMBER_LOST:
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_SESSION_LOST:
        return is_last && outcome != OUTCOME_AMBIGUOUS
                   ? repeat_lose(call)
                   : !is_last && heal(call, examine(call, outcome));
    case OUTCOME_LOGIN_LOST:
        return !is_last && repeat_logged_in(call);
    case OUTCOME_HANDLE:
        return !is_last && repeat_rebound(call);
    case OUTCOME_THROTTLED:
        return repeat_later(call);
    default:
        return !is_last && repeat_is_spoilt(call) &&
               repeat_restore_outputs(call) && anew(call);
    }
}
