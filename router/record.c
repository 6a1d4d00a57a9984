/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#include "router/record.h"

#include "common/clock.h"
#include "router/facts.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/register.h"
#include "router/search.h"
#include "router/session.h"
#include "router/token.h"

#include <openssl/crypto.h>

/* Whether this call is where its operation is recorded. */
static bool
is_recorded(const struct call *call, const struct call_facts *facts)
{
    if (call->rv == CKR_BUFFER_TOO_SMALL)
        return false;
    if (call->has_output && call->output_length != NULL &&
        call->output == NULL && call->rv == CKR_OK)
        return false;
    /* A search is made when it begins (R3.16). */
    if (facts->event == AUDIT_FIND)
        return true;
    switch (facts->stage) {
    case STAGE_INIT:
        return call->rv != CKR_OK; /* else its end is recorded */
    case STAGE_UPDATE:
        return call->operation != NULL && call->rv != CKR_OK;
    default:
        return true;
    }
}

/* Takes back what the call has begun. */
static void
undo(struct call *call, const struct call_facts *facts)
{
    register_undo(call);
    if (facts->event == AUDIT_FIND)
        search_drop(call->session);
    if (facts->event == AUDIT_OPEN)
        (void)session_close(session_handle(call->session));
}

/* Logout and close go on whatever becomes of their record. */
static bool
is_withheld(const struct call_facts *facts)
{
    return facts->event != AUDIT_LOGOUT && facts->event != AUDIT_CLOSE;
}

static void
withhold(struct call *call, const struct call_facts *facts)
{
    if (facts->wipes && call->has_output && call->output != NULL)
        OPENSSL_cleanse(call->output, call->output_room);
    if (call->has_output && call->output_length != NULL)
        *call->output_length = call->output_room;
    if (call->rv == CKR_OK && call->session != NULL)
        undo(call, facts);
    call->rv = CKR_FUNCTION_FAILED;
}

static void
describe_operation(const struct call *call, struct audit_event *event)
{
    const struct operation *operation = call->operation;

    if (operation != NULL) {
        event->has_mechanism = true;
        event->mechanism = operation->mechanism;
        event->bytes_in = operation->bytes_in;
        event->bytes_out = operation->bytes_out;
        return;
    }
    event->has_mechanism = call->has_mechanism && call->asked_mechanism != NULL;
    if (event->has_mechanism)
        event->mechanism = call->asked_mechanism->mechanism;
    for (unsigned i = 0; i < call->n_reads; i++)
        event->bytes_in += call->read_length[i];
    if (call->rv == CKR_OK && call->has_output && call->output != NULL)
        event->bytes_out = call->output_length != NULL ? *call->output_length
                                                       : call->output_room;
}

/* How long its calls took; where its operation goes on, so far. */
static uint64_t
count_time(const struct call *call)
{
    uint32_t now_us = (uint32_t)(clock_now() / 1000);
    uint64_t us = call->began_us == 0 ? 0 : (uint32_t)(now_us - call->began_us);

    if (call->operation == NULL)
        return us;
    call->operation->us += us;
    return call->operation->us;
}

/* The object that the call was for; of those that it made the last one, which
 * is the private key of a pair. */
static CK_OBJECT_HANDLE
key_of(const struct call *call)
{
    if (call->operation != NULL)
        return call->operation->key;
    if (call->n_objects > 0)
        return call->asked[0] == CALL_NO_OBJECT ? 0 : call->asked[0];
    if (call->n_made > 0 && call->rv == CKR_OK &&
        call->gives[call->n_made - 1] != NULL)
        return *call->gives[call->n_made - 1];
    return 0;
}

void
record_begin(const struct call *call, struct audit_key *out)
{
    out->is_known = false;
    if (call_facts[call->id].effect == EFFECT_DESTROY && call->token != NULL)
        object_space_describe(call->token->objects, key_of(call), out);
}

static void
describe_place(const struct call *call, struct audit_event *event)
{
    const struct token *token = call->token;

    if (token != NULL) {
        event->token = token->label;
        event->slot = token->slot;
        if (token->rule != NULL)
            event->level = token->rule->audit_level;
    }
    if (call->member != NULL) {
        const struct backend *backend = atomic_load(&call->member->backend);

        event->member = call->member->index;
        if (backend != NULL)
            event->member_name = backend_name(backend);
    }
    if (call->session != NULL)
        event->session = session_handle(call->session);
}

static void
describe_key(const struct call *call, struct audit_event *event,
             struct audit_key *key)
{
    event->key = key_of(call);
    if (!key->is_known && call->token != NULL && event->key != 0)
        object_space_describe(call->token->objects, event->key, key);
    event->description = key;
}

/* The call is inside, so that the log stays while it is written. */
static void
record_inside(struct call *call, const struct audit_sink *sink,
              struct audit_key *key)
{
    const struct call_facts *facts = &call_facts[call->id];
    bool is_event = facts->event != AUDIT_NONE && is_recorded(call, facts);
    struct audit_event event = { .kind = is_event ? facts->event : AUDIT_CALL,
                                 .function = facts->function,
                                 .rv = call->rv };

    event.us = count_time(call);
    if (!is_event && !sink->wants_calls)
        return;
    describe_place(call, &event);
    describe_operation(call, &event);
    describe_key(call, &event, key);
    if (!sink->write(sink->context, &event) && is_event && is_withheld(facts))
        withhold(call, facts);
}

void
record_call(struct call *call, const struct audit_sink *sink,
            struct audit_key *key)
{
    if (call->session != NULL || call->visits) {
        record_inside(call, sink, key);
        return;
    }
    /* One that was refused before it was inside: C_Finalize may be ending the
     * log, and in a forked child it is the parent's. */
    if (!process_visit())
        return;
    sink = atomic_load(&process.sink);
    if (sink != NULL)
        record_inside(call, sink, key);
    process_leave();
}

/* The member where it went on. */
static void
describe_held(const struct operation *operation, struct audit_event *event)
{
    const struct pool_session *held = operation->held;

    if (held == NULL)
        return;
    event->member = held->member->index;
    event->member_name = backend_name(held->backend);
}

void
record_abandoned(const struct session *session,
                 const struct operation *operation)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct call_facts *facts = &call_facts[operation->init];
    const struct token *token = session->token;
    struct audit_key key = { .is_known = false };
    struct audit_event event = { .kind = facts->event,
                                 .function = facts->function,
                                 .rv = CKR_FUNCTION_CANCELED,
                                 .token = token->label,
                                 .slot = token->slot,
                                 .has_mechanism = true,
                                 .mechanism = operation->mechanism,
                                 .key = operation->key,
                                 .description = &key,
                                 .bytes_in = operation->bytes_in,
                                 .bytes_out = operation->bytes_out,
                                 .us = operation->us,
                                 .session = session_handle(session),
                                 .detail = "\"abandoned\"" };

    if (sink == NULL)
        return;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    describe_held(operation, &event);
    if (operation->key != 0)
        object_space_describe(token->objects, operation->key, &key);
    (void)sink->write(sink->context, &event);
}
