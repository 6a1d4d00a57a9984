/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#include "router/record.h"

#include "router/facts.h"
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

/* Logout, close and finalise go on whatever becomes of their record. */
static bool
is_withheld(const struct call_facts *facts)
{
    return facts->event != AUDIT_LOGOUT && facts->event != AUDIT_CLOSE &&
           facts->event != AUDIT_STOP;
}

static void
withhold(struct call *call, const struct call_facts *facts)
{
    /* What ends something goes on. */
    if (facts->event == AUDIT_LOGOUT || facts->event == AUDIT_CLOSE ||
        facts->event == AUDIT_STOP)
        return;
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
        event->key = operation->key;
        event->bytes_in = operation->bytes_in;
        event->bytes_out = operation->bytes_out;
        return;
    }
    event->has_mechanism = call->has_mechanism && call->asked_mechanism != NULL;
    if (event->has_mechanism)
        event->mechanism = call->asked_mechanism->mechanism;
    if (call->n_objects > 0 && call->asked[0] != CALL_NO_OBJECT)
        event->key = call->asked[0];
    for (unsigned i = 0; i < call->n_reads; i++)
        event->bytes_in += call->read_length[i];
    if (call->rv == CKR_OK && call->has_output && call->output != NULL)
        event->bytes_out = call->output_length != NULL ? *call->output_length
                                                       : call->output_room;
}

void
record_call(struct call *call, const struct audit_sink *sink)
{
    const struct call_facts *facts = &call_facts[call->id];
    struct audit_event event = { .kind = facts->event,
                                 .function = facts->function,
                                 .rv = call->rv };

    if (!is_recorded(call, facts))
        return;
    if (call->token != NULL) {
        event.token = call->token->label;
        event.slot = call->token->slot;
    }
    if (call->member != NULL)
        event.member = call->member->index;
    if (call->session != NULL)
        event.session = session_handle(call->session);
    describe_operation(call, &event);
    if (!sink->write(sink->context, &event) && is_withheld(facts))
        withhold(call, facts);
}
