/* SPDX-License-Identifier: BSD-3-Clause */
/* What the log says to a call before a token is asked. */
#include "router/cancel.h"
#include "router/facts.h"
#include "router/process.h"
#include "router/record-event.h"
#include "router/record.h"
#include "router/session.h"
#include "router/write.h"

/* The operation that the call would go on with. */
static struct operation *
find_operation(const struct call *call, const struct call_facts *facts)
{
    return facts->stage > STAGE_INIT &&
                   session_is_active(call->session, facts->operation)
               ? call->session->operations[facts->operation]
               : NULL;
}

/* Whether it could be recorded now. */
static bool
is_admitted(struct call *call, const struct audit_sink *sink,
            const struct call_facts *facts)
{
    struct audit_key key = { .is_known = false };
    struct audit_event event = { .kind = facts->event,
                                 .function = facts->function };

    if (call->session != NULL)
        call->operation = find_operation(call, facts);
    record_event_describe(call, &event, &key);
    call->operation = NULL;
    return sink->admit(sink->context, &event);
}

/* As after every other failure (R3.10), but for the parts of messages. */
static void
end_operation(struct call *call, const struct call_facts *facts)
{
    if (call->session != NULL && facts->stage != STAGE_MESSAGE &&
        find_operation(call, facts) != NULL)
        (void)cancel_operation(call->session, facts->operation);
}

bool
record_denies(struct call *call)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct call_facts *facts = &call_facts[call->id];

    if (sink == NULL || sink->is_failing == NULL ||
        !atomic_load_explicit(sink->is_failing, memory_order_relaxed) ||
        !facts->needs_log || call_is_size_query(call) ||
        is_admitted(call, sink, facts))
        return false;
    end_operation(call, facts);
    call->rv = CKR_FUNCTION_FAILED;
    call->denial = CALL_DENIED_UNRECORDED;
    return true;
}

bool
record_intent(struct call *call)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct call_facts *facts = &call_facts[call->id];
    struct audit_key key = { .is_known = false };
    struct audit_event event = { .kind = AUDIT_INTENT,
                                 .intended = facts->event,
                                 .function = facts->function };

    if (sink == NULL || !sink->wants_intents || call->is_announced ||
        !write_lasts(call))
        return true;
    record_event_describe(call, &event, &key);
    call->is_announced = sink->write(sink->context, &event);
    if (call->is_announced)
        return true;
    call->rv = CKR_FUNCTION_FAILED;
    call->denial = CALL_DENIED_UNRECORDED;
    return false;
}
