/* SPDX-License-Identifier: BSD-3-Clause */
/* The beginning of a call: taking the session, declaring what it touches. */
#include "router/call.h"

#include "router/facts.h"
#include "router/instance.h"
#include "router/process.h"
#include "router/session.h"
#include "router/slot-list.h"

/* What counts as valid is set; the arrays behind the counts are not. */
static inline void
start(struct call *call, enum call_id id)
{
    call->id = (uint8_t)id;
    call->rv = CKR_OK;
    call->mechanism = NULL;
    call->session = NULL;
    call->token = NULL;
    call->member = NULL;
    call->pooled = NULL;
    call->operation = NULL;
    call->rounds = 0;
    call->n_objects = 0;
    call->n_made = 0;
    call->n_reads = 0;
    call->has_output = false;
    call->has_mechanism = false;
    call->guarded = false;
    call->is_single = false;
    call->rewritten = false;
    call->visits = false;
    call->inside = !thread_is_inside;
    if (!call->inside)
        call->rv = CKR_GENERAL_ERROR; /* a module led back into p11mux */
    else
        thread_is_inside = true;
}

struct call
call_on_session(enum call_id id, CK_SESSION_HANDLE session)
{
    struct call call;

    start(&call, id);
    if (call.rv != CKR_OK)
        return call;
    if (!process_is_serving()) {
        call.rv = CKR_CRYPTOKI_NOT_INITIALIZED;
        return call;
    }
    call.session = session_take(session);
    if (call.session == NULL)
        call.rv = CKR_SESSION_HANDLE_INVALID;
    else
        call.token = call.session->token;
    return call;
}

struct call
call_on_module(enum call_id id)
{
    struct call call;

    start(&call, id);
    call.visits = call.rv == CKR_OK && process_visit();
    if (call.rv == CKR_OK && !call.visits)
        call.rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    return call;
}

struct call
call_on_slot(enum call_id id, CK_SLOT_ID slot)
{
    struct call call = call_on_module(id);

    if (call.rv != CKR_OK)
        return call;
    call.token = slot_list_find(instance_get()->slots, slot);
    if (call.token == NULL)
        call.rv = CKR_SLOT_ID_INVALID;
    return call;
}

struct call
call_on_process(enum call_id id)
{
    struct call call;

    start(&call, id);
    return call;
}

void
call_uses_mechanism(struct call *call, CK_MECHANISM *mechanism)
{
    call->asked_mechanism = mechanism;
    call->has_mechanism = true;
    if (mechanism == NULL && call_facts[call->id].stage != STAGE_INIT)
        call_refuses(call, CKR_ARGUMENTS_BAD);
}
