/* SPDX-License-Identifier: BSD-3-Clause */
/* Repeating a call after a failure that something can heal (7.3). */
#include "router/repeat.h"

#include "router/lengths.h"
#include "router/login.h"
#include "router/outcome.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/route.h"
#include "router/settle.h"
#include "router/token.h"

static CK_RV
call_init(const CK_FUNCTION_LIST_3_2 *module, unsigned init,
          CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    switch (init) {
    case CALL_C_EncryptInit:
        return module->C_EncryptInit(session, mechanism, key);
    case CALL_C_DecryptInit:
        return module->C_DecryptInit(session, mechanism, key);
    case CALL_C_DigestInit:
        return module->C_DigestInit(session, mechanism);
    case CALL_C_SignInit:
        return module->C_SignInit(session, mechanism, key);
    case CALL_C_SignRecoverInit:
        return module->C_SignRecoverInit(session, mechanism, key);
    case CALL_C_VerifyInit:
        return module->C_VerifyInit(session, mechanism, key);
    case CALL_C_VerifyRecoverInit:
        return module->C_VerifyRecoverInit(session, mechanism, key);
    case CALL_C_MessageEncryptInit:
        return module->C_MessageEncryptInit(session, mechanism, key);
    case CALL_C_MessageDecryptInit:
        return module->C_MessageDecryptInit(session, mechanism, key);
    case CALL_C_MessageSignInit:
        return module->C_MessageSignInit(session, mechanism, key);
    case CALL_C_MessageVerifyInit:
        return module->C_MessageVerifyInit(session, mechanism, key);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

/* The input so far, in one piece: the result is the same (7.3). */
static CK_RV
replay(const CK_FUNCTION_LIST_3_2 *module, CK_SESSION_HANDLE session,
       const struct operation *operation)
{
    CK_BYTE *input = operation->input;
    CK_ULONG length = operation->input_length;

    if (length == 0)
        return CKR_OK;
    switch (operation->init) {
    case CALL_C_DigestInit:
        return module->C_DigestUpdate(session, input, length);
    case CALL_C_SignInit:
        return module->C_SignUpdate(session, input, length);
    case CALL_C_VerifyInit:
        return module->C_VerifyUpdate(session, input, length);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

/* Begins the operation on the call's new member, as it was there. */
static bool
begin_again(struct call *call)
{
    struct operation *operation = call->operation;
    struct backend *backend = call->pooled->backend;
    const CK_FUNCTION_LIST_3_2 *module = call->pooled->functions;
    CK_OBJECT_HANDLE key = 0;
    CK_RV rv;

    if (operation->key != 0 &&
        !route_resolve(call, operation->key, CKR_KEY_HANDLE_INVALID, &key))
        return false;
    operation->has_copies = true;
    call->asked_mechanism = mechanism_of(operation->again);
    if (!route_resolve_mechanism(call))
        return false;
    if (call->rewritten)
        operation_adopt(operation, &call->session->passed);
    backend_enter(backend);
    rv = call_init(module, operation->init, call->pooled->handle,
                   call->mechanism, key);
    if (rv == CKR_OK)
        rv = replay(module, call->pooled->handle, operation);
    backend_leave(backend);
    call->rewritten = false;
    call->mechanism = NULL;
    return rv == CKR_OK;
}

static bool
may_move(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];
    const struct operation *operation = call->operation;

    if (!facts->may_repeat || call->token->mode == GROUP_SINGLE)
        return false;
    if (operation == NULL)
        return true;
    return operation->may_repeat &&
           (facts->stage == STAGE_SINGLE || operation->is_recorded);
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
}

static void
leave_member(struct call *call)
{
    end_others(call);
    pool_give(call->pooled, call->session, POOL_LOST);
    call->pooled = NULL;
    if (call->operation != NULL)
        call->operation->held = NULL;
}

/* The operation is lost with its member (R7.7); call_finish records it. */
static bool
give_up(struct call *call, CK_RV failure)
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

static bool
move(struct call *call)
{
    CK_RV failure = call->rv;
    struct member *next;

    next = token_member(call->token, call->rounds);
    if (next == NULL)
        return false;
    leave_member(call);
    call->rv = CKR_OK;
    if (!route_take(call, next))
        return give_up(call, failure);
    if (call->operation != NULL) {
        call->operation->held = call->pooled;
        if (!begin_again(call))
            return give_up(call, failure);
    }
    return route_prepare(call) || give_up(call, failure);
}

/* Whether what the module wrote before it failed can be taken back. */
static bool
restore_outputs(struct call *call)
{
    if (call->has_output && call->output_length != NULL)
        *call->output_length = call->output_room;
    return call->id != CALL_C_GetAttributeValue || lengths_restore(call);
}

/* A lent backend session that is not what it should be, and the call has not
 * been looked at by the module: closed by the device meanwhile (7.1, class
 * S), or with an operation on it that nobody here began (R3.13). */
static bool
is_spoilt(const struct call *call)
{
    bool begins = call_facts[call->id].stage == STAGE_INIT;

    if (!call->pooled->is_lent || call->operation != NULL ||
        session_uses(call->session, call->pooled, NULL))
        return false;
    return outcome_of(call->rv) == OUTCOME_SESSION_LOST ||
           (begins && call->rv == CKR_OPERATION_ACTIVE);
}

bool
repeat_fresh(struct call *call)
{
    CK_RV failure = call->rv;

    if (!is_spoilt(call))
        return false;
    pool_give(call->pooled, call->session, POOL_LOST);
    call->pooled = NULL;
    call->rv = CKR_OK;
    if (route_take(call, call->member) && route_prepare(call))
        return true;
    if (call->pooled == NULL)
        call->rv = failure;
    return false;
}

/* The token has lost the login without a word (class L); not an operation that
 * waits for a login of its own (R3.23). */
static bool
repeat_logged_in(struct call *call)
{
    CK_RV failure = call->rv;

    if (call->operation != NULL || !login_restore(call->pooled) ||
        !restore_outputs(call))
        return false;
    call->rv = CKR_OK;
    return route_prepare(call) || give_up(call, failure);
}

bool
repeat_call(struct call *call)
{
    enum outcome outcome = outcome_of(call->rv);
    CK_RV failure = call->rv;

    if (call->pooled == NULL)
        return false;
    /* Whatever becomes of this call: the next one goes to another. */
    if (outcome == OUTCOME_MEMBER_LOST && call->token->mode != GROUP_SINGLE)
        member_fail(call->member);
    /* At most one more try for each call of the application (R7.6). */
    if (call->rounds > 2)
        return false;
    if (is_spoilt(call))
        return restore_outputs(call) && repeat_fresh(call);
    if (outcome == OUTCOME_LOGIN_LOST)
        return repeat_logged_in(call);
    if (outcome == OUTCOME_HANDLE && call->n_objects > 0) {
        if (!settle_rebind(call) || !restore_outputs(call))
            return false;
        call->rv = CKR_OK;
        return route_prepare(call) || give_up(call, failure);
    }
    return outcome == OUTCOME_MEMBER_LOST && may_move(call) &&
           restore_outputs(call) && move(call);
}
