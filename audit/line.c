/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of a record, in their order. */
#include "audit/line.h"

#include "audit/fields.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/names.h"

#include <string.h>
#include <time.h>

/* How much of a line each text may take, as JSON. */
enum {
    TOKEN_LIMIT = 200,
    MEMBER_LIMIT = 200,
    LABEL_LIMIT = 600,
    USER_LIMIT = 100,
    EXE_LIMIT = 1000,
    UNIT_LIMIT = 300,
    HOST_LIMIT = 300
};

/* Texts, what is around them, 64 bytes of an id in hex, and some to spare. */
_Static_assert(TOKEN_LIMIT + MEMBER_LIMIT + 2 * LABEL_LIMIT + USER_LIMIT +
                       EXE_LIMIT + UNIT_LIMIT + HOST_LIMIT + 2048 <
                   AUDIT_BODY_LENGTH,
               "a body has room for all of its texts");

_Static_assert(EXE_LIMIT + UNIT_LIMIT + HOST_LIMIT + 64 < PROGRAM_TEXT_LENGTH,
               "what is the same in every record has room");

static const char *const event_names[AUDIT_KINDS] = {
#define EVENT(name, text) [AUDIT_##name] = text,
#define OWN_EVENT         EVENT
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
};

size_t
audit_line_head(const struct audit_place *place, char out[AUDIT_HEAD_LENGTH])
{
    struct fields fields;

    fields_begin(&fields, out, AUDIT_HEAD_LENGTH);
    fields_open(&fields, NULL, '{');
    fields_number(&fields, "v", 1);
    fields_hex(&fields, "run", place->run, sizeof(place->run));
    fields_number(&fields, "n", place->n);
    fields_hex(&fields, "prev", place->prev, sizeof(place->prev));
    return fields_length(&fields);
}

static void
put_time(struct fields *fields)
{
    char text[CLOCK_TEXT_LENGTH + 1];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_format(now, text);
    fields_word(fields, "time", text);
}

static inline void
put_constant(struct fields *fields, const char *name, enum name_kind kind,
             CK_ULONG value)
{
    char text[NAME_LENGTH];
    const char *known = name_text(kind, value);

    fields_word(fields, name,
                known != NULL ? known : name_of(kind, value, text));
}

static void
put_key(struct fields *fields, const char *name, const struct audit_key *key)
{
    if (key == NULL || !key->is_known) {
        fields_null(fields, name);
        return;
    }
    fields_open(fields, name, '{');
    put_constant(fields, "class", NAME_CKO, key->object_class);
    if (key->type == CK_UNAVAILABLE_INFORMATION)
        fields_null(fields, "type");
    else
        put_constant(fields, "type", NAME_CKK, key->type);
    fields_bytes(fields, "label", key->label, key->label_length, LABEL_LIMIT);
    fields_hex(fields, "id", key->id, key->id_length);
    if (key->has_fingerprint)
        fields_hex(fields, "fingerprint", key->fingerprint,
                   sizeof(key->fingerprint));
    else
        fields_null(fields, "fingerprint");
    fields_close(fields, '}');
}

/* NULL where nothing has come of it yet. */
static const char *
outcome_of_event(const struct audit_event *event)
{
    if (event->kind == AUDIT_INTENT)
        return NULL;
    if (event->is_denied)
        return "denied";
    return event->rv == CKR_OK ? "success" : "failure";
}

static inline void
put_number_or_null(struct fields *fields, const char *name, bool is_meant,
                   uint64_t number)
{
    if (is_meant)
        fields_number(fields, name, number);
    else
        fields_null(fields, name);
}

/* What the call was. */
static void
put_call(struct fields *fields, const struct audit_event *event)
{
    bool is_call = event->function != NULL;
    bool is_over = is_call && event->kind != AUDIT_INTENT;

    fields_word(fields, "function", event->function);
    fields_word(fields, "outcome", outcome_of_event(event));
    if (is_over)
        put_constant(fields, "rv", NAME_CKR, event->rv);
    else
        fields_null(fields, "rv");
    fields_text(fields, "token", event->token, TOKEN_LIMIT);
    put_number_or_null(fields, "slot",
                       event->token != NULL &&
                           event->slot != CK_UNAVAILABLE_INFORMATION,
                       event->slot);
    fields_text(fields, "member", event->member_name, MEMBER_LIMIT);
    put_key(fields, "key", event->description);
    if (event->has_mechanism)
        put_constant(fields, "mechanism", NAME_CKM, event->mechanism);
    else
        fields_null(fields, "mechanism");
    put_number_or_null(fields, "in", is_call, event->bytes_in);
    put_number_or_null(fields, "out", is_over, event->bytes_out);
    put_number_or_null(fields, "us", is_over, event->us);
    put_number_or_null(fields, "session", event->session != 0, event->session);
}

static void
put_program(struct fields *fields, const struct audit_program *program,
            const struct audit_user *user)
{
    fields_number(fields, "pid", (uint64_t)program->pid);
    fields_number(fields, "tid", (uint64_t)audit_program_thread(program));
    fields_number(fields, "uid", user->uid);
    fields_text(fields, "user", user->has_name ? user->name : NULL, USER_LIMIT);
    fields_put(fields, program->text, program->text_length);
}

void
audit_line_prepare(struct audit_program *program)
{
    struct fields fields;

    fields_begin(&fields, program->text, sizeof(program->text));
    fields.needs_comma = true; /* it stands behind others */
    fields_text(&fields, "exe", program->exe, EXE_LIMIT);
    fields_text(&fields, "unit", program->unit, UNIT_LIMIT);
    fields_text(&fields, "host", program->host, HOST_LIMIT);
    program->text_length = fields_length(&fields);
}

static void
put_detail(struct fields *fields, const struct audit_event *event)
{
    if (event->detail != NULL || event->wrapped == NULL) {
        fields_raw(fields, "detail",
                   event->detail != NULL ? event->detail : "null");
        return;
    }
    fields_open(fields, "detail", '{');
    put_key(fields, "wrapped", event->wrapped);
    fields_close(fields, '}');
}

size_t
audit_line_body(const struct audit_event *event,
                const struct audit_program *program,
                const struct audit_user *user, char *out, size_t room)
{
    struct fields fields;

    fields_begin(&fields, out, room);
    fields.needs_comma = true; /* the head stands before it */
    put_time(&fields);
    fields_word(&fields, "event", event_names[event->kind]);
    put_call(&fields, event);
    put_program(&fields, program, user);
    put_detail(&fields, event);
    fields_close(&fields, '}');
    return fields_length(&fields);
}

void
audit_line_hash(const char *line, size_t length,
                unsigned char out[AUDIT_PREV_LENGTH])
{
    static const unsigned char leaf = 0; /* RFC 6962, section 2.1 */
    struct crypto_piece pieces[] = { { &leaf, 1 }, { line, length } };
    unsigned char hash[SHA256_LENGTH];

    if (!crypto_sha256_pieces(pieces, 2, hash))
        memset(hash, 0, sizeof(hash)); /* verification will say so */
    memcpy(out, hash, AUDIT_PREV_LENGTH);
}
