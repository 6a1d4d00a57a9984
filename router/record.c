/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#include "router/record.h"

#include "backends/overflow.h"
#include "common/clock.h"
#include "common/names.h"
#include "router/cancel.h"
#include "router/facts.h"
#include "router/login.h"
#include "router/pool.h"
#include "router/process.h"
#include "router/record-event.h"
#include "router/register.h"
#include "router/search.h"
#include "router/session.h"
#include "router/spill.h"
#include "router/token.h"

#include <openssl/crypto.h>
#include <stdio.h>

/* Whether this call is where its operation is recorded. */
static bool
is_recorded(const struct call *call, const struct call_facts *facts)
{
    if (call->rv == CKR_BUFFER_TOO_SMALL)
        return false;
    if (call_is_size_query(call) && call->rv == CKR_OK)
        return false;
    /* A search is made when it begins (R3.16). */
    if (facts->event == AUDIT_FIND)
        return true;
    switch (facts->stage) {
    case STAGE_INIT:
        return call->rv != CKR_OK; /* else its end is recorded */
    case STAGE_UPDATE:
        /* A key that is taken in is used then and there. */
        return call->operation != NULL &&
               (call->rv != CKR_OK || call->n_objects > 0);
    default:
        return true;
    }
}

/* Takes back what the call has begun. */
static void
undo(struct call *call, const struct call_facts *facts)
{
    (void)register_undo(call);
    if (facts->event == AUDIT_FIND)
        search_drop(call->session);
    if (facts->event == AUDIT_OPEN)
        (void)session_close(session_handle(call->session));
    if (call->logs_in)
        (void)login_end(call);
    if (facts->stage == STAGE_UPDATE) {
        (void)cancel_operation(call->session, facts->operation);
        call->operation = NULL;
    }
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

void
record_begin(const struct call *call, struct audit_key *out)
{
    out->is_known = false;
    if (call_facts[call->id].effect == EFFECT_DESTROY && call->token != NULL)
        object_space_describe(call->token->objects, record_event_key(call),
                              out);
}

enum { NOTE_LENGTH = 160 };

/* What was made, changed or destroyed in the store is held against the log, by
 * "p11mux certs verify"; NULL: nothing was. */
static const char *
note_certificate(const struct call *call, char out[NOTE_LENGTH])
{
    struct overflow_note note;
    char sha256[2 * SHA256_LENGTH + 1];

    if (call->rv != CKR_OK || !spill_noted(call, &note))
        return NULL;
    for (size_t i = 0; i < SHA256_LENGTH; i++)
        (void)snprintf(sha256 + 2 * i, 3, "%02x", note.sha256[i]);
    (void)snprintf(out, NOTE_LENGTH,
                   "{\"certificate\":{\"sha256\":\"%s\",\"store\":%lu}}",
                   sha256, note.number);
    return out;
}

/* Destroyed where that could be done, hidden where not. */
static const char *
note_burial(const struct call *call, char out[NOTE_LENGTH])
{
    char name[NAME_LENGTH];

    if (call->rv != CKR_OK || call_facts[call->id].effect != EFFECT_DESTROY ||
        call->token == NULL || call->token->migration == NULL ||
        call->session->attempt.buried == CKR_OK)
        return NULL;
    (void)snprintf(out, NOTE_LENGTH, "\"buried on member %d: %s\"",
                   MIGRATE_OLD + 1,
                   name_of(NAME_CKR, call->session->attempt.buried, name));
    return out;
}

/* Which key left the token in it. */
static void
describe_wrapped(const struct call *call, struct audit_event *event,
                 struct audit_key *wrapped)
{
    if (event->kind != AUDIT_WRAP || call->n_objects < 2 || call->token == NULL)
        return;
    object_space_describe(call->token->objects, call->asked[1], wrapped);
    event->wrapped = wrapped;
}

/* The call is inside, so that the log stays while it is written. */
static void
record_inside(struct call *call, const struct audit_sink *sink,
              struct audit_key *key, const char *detail)
{
    const struct call_facts *facts = &call_facts[call->id];
    struct audit_key wrapped;
    bool is_event = facts->event != AUDIT_NONE && is_recorded(call, facts);
    struct audit_event event = { .kind = is_event ? facts->event : AUDIT_CALL,
                                 .function = facts->function,
                                 .rv = call->rv,
                                 .is_denied = call->denial != CALL_ALLOWED,
                                 .detail = detail };

    char note[NOTE_LENGTH];

    event.us = count_time(call);
    if (detail == NULL)
        event.detail = note_certificate(call, note);
    if (event.detail == NULL)
        event.detail = note_burial(call, note);
    /* The log counts them by itself while it fails. */
    if (call->denial == CALL_DENIED_UNRECORDED)
        return;
    if (!is_event &&
        (sink->wants_calls == NULL || !atomic_load(sink->wants_calls)))
        return;
    record_event_describe(call, &event, key);
    describe_wrapped(call, &event, &wrapped);
    if (!sink->write(sink->context, &event) && is_event && is_withheld(facts))
        withhold(call, facts);
}

void
record_call(struct call *call, const struct audit_sink *sink,
            struct audit_key *key)
{
    if (call->session != NULL || call->visits) {
        record_inside(call, sink, key, NULL);
        return;
    }
    /* One that was refused before it was inside: C_Finalize may be ending the
     * log, and in a forked child it is the parent's. */
    if (!process_visit())
        return;
    sink = atomic_load(&process.sink);
    if (sink != NULL)
        record_inside(call, sink, key, NULL);
    process_leave();
}

static const char abandoned[] = "\"abandoned\"";

void
record_forsaken(struct call *call)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    struct audit_key key = { .is_known = false };

    if (sink == NULL || call->operation != NULL)
        return;
    call->rv = CKR_FUNCTION_CANCELED;
    record_inside(call, sink, &key, abandoned);
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
                                 .detail = abandoned };

    if (sink == NULL)
        return;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    describe_held(operation, &event);
    if (operation->key != 0)
        object_space_describe(token->objects, operation->key, &key);
    (void)sink->write(sink->context, &event);
}

void
record_login_denied(const struct pool_session *pooled)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct token *token = pooled->member->token;
    struct audit_event event = { .kind = AUDIT_LOGIN,
                                 .rv = CKR_PIN_INCORRECT,
                                 .is_denied = true,
                                 .token = token->label,
                                 .slot = token->slot,
                                 .member = pooled->member->index,
                                 .member_name = backend_name(pooled->backend),
                                 .detail = "\"not tried\"" };

    if (sink == NULL)
        return;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    (void)sink->write(sink->context, &event);
}

static void
write_member(const struct member *member, enum audit_event_kind kind, CK_RV rv,
             const char *detail)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct backend *backend = atomic_load(&member->backend);
    const struct token *token = member->token;
    struct audit_event event = { .kind = kind,
                                 .rv = rv,
                                 .detail = detail,
                                 .token = token->label,
                                 .slot = token->slot,
                                 .member = member->index,
                                 .member_name = backend == NULL
                                                    ? NULL
                                                    : backend_name(backend) };

    if (sink == NULL)
        return;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    (void)sink->write(sink->context, &event);
}

void
record_reconnect(const struct member *member, CK_RV rv)
{
    write_member(member, AUDIT_RECONNECT, rv, NULL);
}

void
record_member(const struct member *member, const char *what)
{
    char detail[40];

    (void)snprintf(detail, sizeof(detail), "\"%s\"", what);
    write_member(member, AUDIT_MEMBER, CKR_OK, detail);
}

void
record_fail_over(const struct call *call, const struct member *from)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    struct audit_event event = { .kind = AUDIT_FAILOVER };
    struct audit_key key = { .is_known = false };
    char detail[40];

    if (sink == NULL)
        return;
    (void)snprintf(detail, sizeof(detail), "\"instead of member %u\"",
                   from->index + 1);
    record_event_describe(call, &event, &key);
    event.function = call_facts[call->id].function;
    event.rv = call->session->attempt.failure;
    event.detail = detail;
    (void)sink->write(sink->context, &event);
}

void
record_spill(const struct call *call, bool was_asked)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    struct audit_key key = { .is_known = false };
    struct audit_event event = { .kind = AUDIT_OVERFLOW, .rv = call->rv };

    if (sink == NULL)
        return;
    record_event_describe(call, &event, &key);
    if (was_asked)
        event.function = call_facts[call->id].function;
    else
        event.detail = "\"not asked\"";
    (void)sink->write(sink->context, &event);
}

void
record_other_serial(const struct session *session)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    const struct token *token = session->token;
    struct audit_event event = { .kind = AUDIT_OVERFLOW,
                                 .token = token->label,
                                 .slot = token->slot,
                                 .session = session_handle(session),
                                 .detail = "\"another serial number\"" };

    if (sink == NULL)
        return;
    if (token->rule != NULL)
        event.level = token->rule->audit_level;
    (void)sink->write(sink->context, &event);
}
