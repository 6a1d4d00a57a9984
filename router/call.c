/* SPDX-License-Identifier: BSD-3-Clause */
/* The beginning of a call: taking the session, declaring what it touches. */
#include "router/call.h"

#include "common/clock.h"
#include "router/facts.h"
#include "router/follow.h"
#include "router/instance.h"
#include "router/process.h"
#include "router/session.h"
#include "router/slot-list.h"

static inline uint32_t
now_us(void)
{
    return (uint32_t)(clock_now() / 1000);
}

/* What counts as valid is set; the arrays behind the counts are not. */
static inline void
start(struct call *call, enum call_id id, CK_RV rv, struct session *session)
{
    call->id = (uint8_t)id;
    call->rv = rv;
    call->mechanism = NULL;
    call->session = session;
    call->token = session == NULL ? NULL : session->token;
    call->member = NULL;
    call->pooled = NULL;
    call->operation = NULL;
    call->rounds = 0;
    call->n_objects = 0;
    call->n_made = 0;
    call->n_reads = 0;
    call->has_output = false;
    call->has_mechanism = false;
    call->guarded = NULL;
    call->was_asked = false;
    call->is_single = false;
    call->rewritten = false;
    call->visits = false;
    call->stays = false;
    call->denial = CALL_ALLOWED;
    call->is_announced = false;
    call->logs_in = false;
    call->replicates = false;
    call->is_timed = false;
    call->inside = rv != CKR_GENERAL_ERROR;
    call->began_us =
        __builtin_expect(process_keeps_records(), 0) ? now_us() : 0;
}

/* Marks this thread as being inside; a module that led back into p11mux is
 * refused. */
static inline CK_RV
enter(void)
{
    if (thread_is_inside)
        return CKR_GENERAL_ERROR;
    thread_is_inside = true;
    return CKR_OK;
}

/* The cell is taken before the call is written down: a locked instruction
 * waits for every store before it. */
struct call
call_on_session(enum call_id id, CK_SESSION_HANDLE handle)
{
    struct session *session = NULL;
    struct call call;
    CK_RV rv = CKR_OK;

    if (thread_is_inside)
        rv = CKR_GENERAL_ERROR;
    else if (!process_is_serving() && !follow_parent())
        rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    else if ((session = session_take(handle)) == NULL)
        rv = session_refusal(handle);
    start(&call, id, rv, session);
    if (call.inside)
        thread_is_inside = true;
    if (session != NULL && __builtin_expect(session_count_call(session), 0)) {
        call.is_timed = true;
        call.began_us = now_us();
    }
    return call;
}

struct call
call_on_module(enum call_id id)
{
    struct call call;

    start(&call, id, enter(), NULL);
    call.visits = call.rv == CKR_OK &&
                  (process_visit() || (follow_parent() && process_visit()));
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

    start(&call, id, enter(), NULL);
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
