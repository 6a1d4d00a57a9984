/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a call: what came of it is settled, recorded and returned. */
#include "router/burial.h"
#include "router/call-count.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/record.h"
#include "router/register.h"
#include "router/replicate.h"
#include "router/route.h"
#include "router/search.h"
#include "router/token.h"
#include "router/validation.h"

/*
 * Whether the operation has not seen the call, as far as the answer says: it
 * was refused, or one that works on two operations found one of them (R3.12).
 */
static bool
is_untouched(const struct call *call)
{
    if (!call->was_asked || outcome_is_refusal(call->rv))
        return true;
    switch (call->id) {
    case CALL_C_DigestKey:
        return outcome_is_key_refusal(call->rv);
    case CALL_C_DigestEncryptUpdate:
    case CALL_C_DecryptDigestUpdate:
    case CALL_C_SignEncryptUpdate:
    case CALL_C_DecryptVerifyUpdate:
        return call->rv == CKR_OPERATION_NOT_INITIALIZED;
    default:
        return false;
    }
}

/*
 * Whether the operation is over (R3.10). Where it has not seen the call that is
 * for the module to say, in the same backend session, when the application goes
 * on.
 */
static bool
has_ended(const struct call *call, const struct call_facts *facts)
{
    if (call->rv == CKR_BUFFER_TOO_SMALL || is_untouched(call))
        return false;
    switch (facts->stage) {
    case STAGE_SINGLE:
    case STAGE_FINAL:
        return call->rv != CKR_OK || !call_is_size_query(call);
    case STAGE_UPDATE:
        return call->rv != CKR_OK;
    default:
        return false;
    }
}

/* Before the backend session serves somebody else. */
static inline void
note_validation(const struct call *call)
{
    if (call->pooled != NULL && __builtin_expect(call->pooled->validates, 0) &&
        !call_is_size_query(call))
        validation_note(call);
}

/* How the backend session can serve somebody else: an operation that ended
 * must have ended well (R3.14), and with some modules it goes on after a part
 * that failed; a state must have been restored as a whole; elsewhere only a
 * failure of the session or of its member speaks against it. An operation that
 * a module began though it said no is found when the next one begins
 * (R3.13). */
static enum pool_state
state_after(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    switch (outcome_of_call(call)) {
    case OUTCOME_MEMBER_LOST:
    case OUTCOME_SESSION_LOST:
        return POOL_LOST;
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_BUSY:
    case OUTCOME_THROTTLED:
        return POOL_DIRTY;
    default:
        break;
    }
    return (outcome_is_clean(call->rv) && facts->stage != STAGE_UPDATE) ||
                   (facts->stage <= STAGE_INIT && facts->reach != REACH_STATE)
               ? POOL_CLEAN
               : POOL_DIRTY;
}

/* One that a virtual session keeps may go to another one when that is closed:
 * not with what an operation may have left in it (R3.13, R3.14). */
static void
doubt(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    bool is_verdict = facts->stage > STAGE_UPDATE && outcome_is_clean(call->rv);

    if (call->was_asked && facts->operation != OPERATION_NONE && !is_verdict)
        atomic_fetch_or(&call->pooled->doubts, POOL_OUTLIVED);
}

static inline void
give_back(struct call *call)
{
    if (call->pooled == NULL)
        return;
    if (call->pooled->is_lent)
        route_give(call, call->rv == CKR_OK ? POOL_CLEAN : state_after(call));
    else if (call->rv != CKR_OK)
        doubt(call);
}

static void
begin(struct call *call, const struct call_facts *facts)
{
    struct session *session = call->session;
    struct operation *operation = session_operation(session, facts->operation);

    if (operation == NULL) {
        /* It runs in the module, but nothing here would know of it. */
        if (!session_uses(session, call->pooled, NULL))
            pool_give(call->pooled, session, POOL_DIRTY);
        call->pooled = NULL;
        call->rv = CKR_HOST_MEMORY;
        return;
    }
    operation_begin(operation, facts->init, call->pooled,
                    call->asked_mechanism->mechanism);
    operation->key = call->n_objects > 0 ? call->asked[0] : 0;
    operation->has_copies = call->rewritten;
    if (call->rewritten)
        operation_adopt(operation, &session->passed);
    if (call->n_reads == 0)
        operation_keep_mechanism(operation, call->asked_mechanism);
    session_begins(session, facts->operation);
    call->operation = operation;
}

/* Counts, and keeps what another member would have to be given. */
static void
advance(struct call *call, const struct call_facts *facts)
{
    struct operation *operation = call->operation;

    /* What will be asked for again is counted then. */
    if (call->rv == CKR_BUFFER_TOO_SMALL ||
        (call->rv == CKR_OK && call_is_size_query(call)))
        return;
    for (unsigned i = 0; i < call->n_reads; i++)
        operation->bytes_in += call->read_length[i];
    if (call->rv == CKR_OK && call->output != NULL && call->has_output &&
        call->output_length != NULL)
        operation->bytes_out += *call->output_length;
    if (!operation->may_repeat || call->rv != CKR_OK ||
        facts->stage != STAGE_UPDATE)
        return;
    /* What was handed out, or fed in otherwise, cannot be made again. */
    if (call->has_output || call->n_objects > 0 || !facts->may_repeat)
        operation->may_repeat = operation->is_recorded = false;
    else if (call->token->n_members == 1)
        operation->is_recorded = false;
    else
        operation_record(operation, call->reads[0], call->read_length[0],
                         call->token->rule->replay_bytes);
}

static void
settle_operation(struct call *call, const struct call_facts *facts)
{
    if (facts->stage == STAGE_INIT) {
        if (call->rv == CKR_OK && call->asked_mechanism != NULL) {
            begin(call, facts);
            return;
        }
        if (call->rewritten)
            mechanism_copy_release(call->session->passed);
        give_back(call);
        return;
    }
    if (call->operation == NULL) {
        give_back(call);
        return;
    }
    advance(call, facts);
    if (has_ended(call, facts)) {
        call->session->active &= (uint16_t) ~(1u << facts->operation);
        note_validation(call);
        give_back(call);
    }
}

static void
settle(struct call *call, const struct call_facts *facts)
{
    if (facts->operation == OPERATION_FIND) {
        if (facts->reach == REACH_EACH)
            call->rv = search_settle(call);
        return;
    }
    if (call->rv == CKR_OK && (call->n_made > 0 || call->rewritten) &&
        !call_is_size_query(call))
        register_made(call);
    if (facts->effect == EFFECT_DESTROY)
        burial_settle(call);
    if (facts->effect != EFFECT_NONE)
        register_effect(call);
    if (__builtin_expect(call->replicates, 0))
        replicate_after(call);
    if (facts->operation != OPERATION_NONE) {
        settle_operation(call, facts);
        return;
    }
    note_validation(call);
    give_back(call);
}

/* Nothing was made, begun, ended or lent. */
static inline bool
is_settled(const struct call *call, const struct call_facts *facts)
{
    return facts->operation == OPERATION_NONE && facts->effect == EFFECT_NONE &&
           call->n_made == 0 && !call->rewritten &&
           (call->pooled == NULL || !call->pooled->is_lent);
}

/* What is over is wiped, once it has been recorded. */
static void
end_operation(struct call *call, const struct call_facts *facts)
{
    if (call->rewritten && facts->stage == STAGE_NONE)
        mechanism_copy_release(call->session->passed);
    if (call->operation != NULL && facts->stage != STAGE_INIT &&
        !session_is_active(call->session, facts->operation))
        operation_end(call->operation);
}

static inline void
leave(struct call *call)
{
    if (!call->inside)
        return;
    if (call->guarded != NULL || call->stays)
        route_leave(call);
    if (call->session != NULL) {
        if (__builtin_expect(call->replicates, 0))
            replicate_end(call);
        session_leave(call->session);
        session_give(call->session);
    }
    if (call->visits)
        process_leave();
    call->session = NULL;
    thread_is_inside = false;
    call->inside = false;
}

static void
settle_all(struct call *call, const struct call_facts *facts)
{
    if (call->session != NULL)
        settle(call, facts);
    else if (facts->effect != EFFECT_NONE && call->token != NULL)
        register_effect(call);
}

/* Apart from call_finish, which would save registers for it otherwise. */
static __attribute__((noinline)) CK_RV
finish_fully(struct call *call, const struct call_facts *facts)
{
    settle_all(call, facts);
    end_operation(call, facts);
    leave(call);
    return call->rv;
}

static __attribute__((noinline)) CK_RV
finish_recorded(struct call *call, const struct call_facts *facts,
                const struct audit_sink *sink)
{
    struct audit_key key;

    record_begin(call, &key);
    settle_all(call, facts);
    /* It is not the module that a full disk or a slow log delays. */
    if (call->session != NULL)
        session_leave(call->session);
    record_call(call, sink, &key);
    end_operation(call, facts);
    leave(call);
    return call->rv;
}

CK_RV
call_finish(struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    const struct audit_sink *sink =
        atomic_load_explicit(&process.sink, memory_order_relaxed);

    call_count_end(call, facts);
    if (__builtin_expect(sink != NULL, 0))
        return finish_recorded(call, facts, sink);
    if (!is_settled(call, facts))
        return finish_fully(call, facts);
    leave(call);
    return call->rv;
}

/* Nobody knows what the module has left in a backend session that was only
 * lent: it is closed, and what went on there is over. */
static void
forsake_lent(struct session *session, struct pool_session *pooled)
{
    for (unsigned kind = OPERATION_ENCRYPT; kind < OPERATION_KINDS; kind++)
        if (session_is_active(session, kind) &&
            session->operations[kind]->held == pooled) {
            session->active &= (uint16_t) ~(1u << kind);
            record_abandoned(session, session->operations[kind]);
            operation_end(session->operations[kind]);
        }
    pool_give(pooled, session, POOL_LOST);
}

void
call_forsake(struct call *call)
{
    route_leave(call);
    if (call->session != NULL || call->visits)
        record_forsaken(call);
    if (call->session != NULL && call->pooled != NULL && call->pooled->is_lent)
        forsake_lent(call->session, call->pooled);
    leave(call);
}
