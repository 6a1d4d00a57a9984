/* SPDX-License-Identifier: BSD-3-Clause */
/* What the audit log has, as a message to syslog (RFC 5424) or to the journal
 * (systemd's native protocol). */
#ifndef AUDIT_MESSAGE_H
#define AUDIT_MESSAGE_H

#include "audit/checkpoint.h"
#include "common/daemon.h"

/* The longest line and all of its fields once more. A socket takes three times
 * as much, so that no message needs to be sent as a file. */
enum { MESSAGE_ROOM = 64 * 1024 };

struct message {
    size_t length;
    bool is_short; /* there was no room: what is there is no message */
    char bytes[MESSAGE_ROOM];
};

/* A record, whose line is given without its newline. */
void message_of_record(struct message *message, enum daemon which,
                       const char *line, size_t length);

/* A copy of a checkpoint: its note. */
void message_of_note(struct message *message, enum daemon which,
                     const struct checkpoint *checkpoint, const char *note);

#endif
