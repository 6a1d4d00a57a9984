/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages as systemd's native protocol has them: fields, a line each, or with
 * the length before the value where that has line ends in it. */
#include "audit/message-form.h"

#include <string.h>

static void
put_field(struct message *message, const char *name, const void *value,
          size_t length)
{
    unsigned char little[8]; /* the length, its lowest byte first */

    message_put_text(message, name);
    if (memchr(value, '\n', length) == NULL) {
        message_put(message, "=", 1);
    } else {
        for (unsigned i = 0; i < sizeof(little); i++)
            little[i] = (unsigned char)((uint64_t)length >> (8 * i));
        message_put(message, "\n", 1);
        message_put(message, little, sizeof(little));
    }
    message_put(message, value, length);
    message_put(message, "\n", 1);
}

static void
put_begin(struct message *message, enum severity severity)
{
    message_put_text(message, "SYSLOG_IDENTIFIER=p11mux\nSYSLOG_FACILITY=");
    message_put_number(message, FACILITY_AUTHPRIV);
    message_put_text(message, "\nPRIORITY=");
    message_put_number(message, severity);
    message_put(message, "\n", 1);
}

void
journal_put_record(struct message *message, enum severity severity,
                   const struct view *view, const char *line, size_t length)
{
    char text[VIEW_TEXT_LENGTH];

    put_begin(message, severity);
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        if (view_has(view, message_fields[i].field))
            put_field(message, message_fields[i].variable, text,
                      view_text(view, message_fields[i].field, text));
    put_field(message, "MESSAGE", line, length);
}

void
journal_put_note(struct message *message, const struct checkpoint *checkpoint,
                 const char *note)
{
    put_begin(message, SEVERITY_NOTICE);
    message_put_text(message, "P11MUX_EVENT=note\nP11MUX_SIZE=");
    message_put_number(message, checkpoint->size);
    message_put(message, "\n", 1);
    put_field(message, "P11MUX_ORIGIN", checkpoint->origin,
              strlen(checkpoint->origin));
    put_field(message, "P11MUX_NOTE", note, strlen(note));
    message_put_text(message, "MESSAGE=");
    message_put_note(message, checkpoint, note);
    message_put(message, "\n", 1);
}
