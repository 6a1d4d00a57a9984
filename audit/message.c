/* SPDX-License-Identifier: BSD-3-Clause */
/* What messages to both daemons have in common. */
#include "audit/message-form.h"

#include "audit/base64.h"
#include "audit/fields.h"
#include "audit/line.h"

#include <inttypes.h>
#include <string.h>

_Static_assert(AUDIT_HEAD_LENGTH + 2 * AUDIT_BODY_LENGTH + AUDIT_DETAIL_LENGTH +
                       1024 <
                   MESSAGE_ROOM,
               "a message has room for every record");

const struct message_field message_fields[MESSAGE_FIELDS] = {
    { VIEW_RUN, "run", "P11MUX_RUN" },
    { VIEW_N, "n", "P11MUX_N" },
    { VIEW_EVENT, "event", "P11MUX_EVENT" },
    { VIEW_FUNCTION, "function", "P11MUX_FUNCTION" },
    { VIEW_OUTCOME, "outcome", "P11MUX_OUTCOME" },
    { VIEW_RV, "rv", "P11MUX_RV" },
    { VIEW_TOKEN, "token", "P11MUX_TOKEN" },
    { VIEW_SLOT, "slot", "P11MUX_SLOT" },
    { VIEW_MEMBER, "member", "P11MUX_MEMBER" },
    { VIEW_KEY_LABEL, "key-label", "P11MUX_KEY_LABEL" },
    { VIEW_KEY_ID, "key-id", "P11MUX_KEY_ID" },
    { VIEW_KEY_FINGERPRINT, "key-fingerprint", "P11MUX_KEY_FINGERPRINT" },
    { VIEW_MECHANISM, "mechanism", "P11MUX_MECHANISM" },
    { VIEW_SESSION, "session", "P11MUX_SESSION" },
    { VIEW_PID, "pid", "P11MUX_PID" },
    { VIEW_UID, "uid", "P11MUX_UID" },
    { VIEW_USER, "user", "P11MUX_USER" },
    { VIEW_EXE, "exe", "P11MUX_EXE" },
    { VIEW_UNIT, "unit", "P11MUX_UNIT" },
};

static const struct {
    void (*put_record)(struct message *message, enum severity severity,
                       const struct view *view, const char *line,
                       size_t length);
    void (*put_note)(struct message *message,
                     const struct checkpoint *checkpoint, const char *note);
} forms[DAEMONS] = {
    [DAEMON_SYSLOG] = { syslog_put_record, syslog_put_note },
    [DAEMON_JOURNAL] = { journal_put_record, journal_put_note },
};

/* The first that fits. */
static const struct {
    enum view_field field;
    const char *text;
    enum severity severity;
} severities[] = {
    { VIEW_EVENT, "lost", SEVERITY_ERROR },
    { VIEW_EVENT, "torn", SEVERITY_ERROR },
    { VIEW_EVENT, "deny", SEVERITY_ERROR },
    { VIEW_OUTCOME, "denied", SEVERITY_WARNING },
    { VIEW_OUTCOME, "failure", SEVERITY_NOTICE },
};

static enum severity
severity_of(const struct view *view)
{
    for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
        if (view_is(view, severities[i].field, severities[i].text))
            return severities[i].severity;
    return SEVERITY_INFORMATION;
}

void
message_of_record(struct message *message, enum daemon which, const char *line,
                  size_t length)
{
    struct view view;

    view_read(line, length, &view);
    message->length = 0;
    message->is_short = false;
    forms[which].put_record(message, severity_of(&view), &view, line, length);
}

void
message_of_note(struct message *message, enum daemon which,
                const struct checkpoint *checkpoint, const char *note)
{
    message->length = 0;
    message->is_short = false;
    forms[which].put_note(message, checkpoint, note);
}

/* -- Pieces --------------------------------------------------------------- */

void
message_put(struct message *message, const void *bytes, size_t length)
{
    if (MESSAGE_ROOM - message->length < length) {
        message->is_short = true;
        return;
    }
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

void
message_put_text(struct message *message, const char *text)
{
    message_put(message, text, strlen(text));
}

void
message_put_number(struct message *message, uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    message_put_text(message, text);
}

/* In base 64, since some syslogs write a line end as #012, and others not at
 * all. */
static void
put_base64(struct message *message, const char *note)
{
    size_t length = strlen(note);
    char *at = message->bytes + message->length;

    if (MESSAGE_ROOM - message->length <= BASE64_LENGTH(length)) {
        message->is_short = true;
        return;
    }
    base64_write(note, length, at);
    message->length += BASE64_LENGTH(length);
}

void
message_put_note(struct message *message, const struct checkpoint *checkpoint,
                 const char *note)
{
    char head[NOTE_NAME_LENGTH * 6 + 64];
    struct fields fields;

    fields_begin(&fields, head, sizeof(head));
    fields_open(&fields, NULL, '{');
    fields_text(&fields, "origin", checkpoint->origin, sizeof(head));
    fields_number(&fields, "size", checkpoint->size);
    message_put(message, head, fields_length(&fields));
    message_put_text(message, ",\"checkpoint_note\":\"");
    put_base64(message, note);
    message_put_text(message, "\"}");
}
