/* SPDX-License-Identifier: BSD-3-Clause */
/* How messages to each daemon are put together. */
#ifndef AUDIT_MESSAGE_FORM_H
#define AUDIT_MESSAGE_FORM_H

#include "audit/message.h"
#include "audit/view.h"

/* RFC 5424, section 6.2.1. The facility is that of what is not for everybody to
 * read. */
enum { FACILITY_AUTHPRIV = 10 };
enum severity {
    SEVERITY_ERROR = 3,
    SEVERITY_WARNING = 4,
    SEVERITY_NOTICE = 5,
    SEVERITY_INFORMATION = 6
};

/* A field of a record, as both name it. */
struct message_field {
    enum view_field field;
    const char *parameter; /* of the structured data */
    const char *variable;  /* of the journal */
};

enum { MESSAGE_FIELDS = 19 };

extern const struct message_field message_fields[MESSAGE_FIELDS];

void message_put(struct message *message, const void *bytes, size_t length);
void message_put_text(struct message *message, const char *text);
void message_put_number(struct message *message, uint64_t number);

/* The note and what it is of, as one line of JSON. */
void message_put_note(struct message *message,
                      const struct checkpoint *checkpoint, const char *note);

void syslog_put_record(struct message *message, enum severity severity,
                       const struct view *view, const char *line,
                       size_t length);
void syslog_put_note(struct message *message,
                     const struct checkpoint *checkpoint, const char *note);
void journal_put_record(struct message *message, enum severity severity,
                        const struct view *view, const char *line,
                        size_t length);
void journal_put_note(struct message *message,
                      const struct checkpoint *checkpoint, const char *note);

#endif
