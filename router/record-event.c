/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call was, as far as it is known: for its record, before and after. */
#include "router/record-event.h"

#include "router/pool.h"
#include "router/session.h"
#include "router/token.h"

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
    if (call->was_asked && call->rv == CKR_OK && call->has_output &&
        call->output != NULL)
        event->bytes_out = call->output_length != NULL ? *call->output_length
                                                       : call->output_room;
}

/* The object that the call was for; of those that it made the last one, which
 * is the private key of a pair. */
CK_OBJECT_HANDLE
record_event_key(const struct call *call)
{
    /* Also of an operation that takes a key in, as C_DigestKey does. */
    if (call->n_objects > 0)
        return call->asked[0] == CALL_NO_OBJECT ? 0 : call->asked[0];
    if (call->operation != NULL)
        return call->operation->key;
    if (call->n_made > 0 && call->was_asked && call->rv == CKR_OK &&
        call->gives[call->n_made - 1] != NULL)
        return *call->gives[call->n_made - 1];
    return 0;
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
    event->key = record_event_key(call);
    if (!key->is_known && call->token != NULL && event->key != 0)
        object_space_describe(call->token->objects, event->key, key);
    event->description = key;
}

void
record_event_describe(const struct call *call, struct audit_event *event,
                      struct audit_key *key)
{
    describe_place(call, event);
    describe_operation(call, event);
    describe_key(call, event, key);
}
