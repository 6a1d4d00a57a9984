/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends a checkpoint's note as one message. */
#include "audit/copy.h"

#include "audit/message.h"
#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/error.h"
#include "common/log.h"

#include <errno.h>

/* A daemon that has much to do. */
enum { PATIENCE_MS = 200 };

/* 0 or an errno. */
static int
send_patiently(int descriptor, const struct message *message)
{
    int reason = daemon_send(descriptor, message->bytes, message->length);

    if (!daemon_is_full(reason))
        return reason;
    daemon_wait(descriptor, PATIENCE_MS);
    return daemon_send(descriptor, message->bytes, message->length);
}

/* Nobody listens: many machines have no syslog. */
static bool
is_missing(int reason)
{
    return reason == ENOENT || daemon_is_gone(reason);
}

static int
send_to(enum daemon which, const struct checkpoint *checkpoint,
        const char *note)
{
    CLEANUP(freep) struct message *message = malloc(sizeof(*message));
    CLEANUP(closep) int descriptor = -1;

    if (message == NULL)
        return ENOMEM;
    message_of_note(message, which, checkpoint, note);
    if (message->is_short)
        return EMSGSIZE;
    descriptor = daemon_connect(which);
    return descriptor < 0 ? errno : send_patiently(descriptor, message);
}

void
copy_send(const char *path, const struct checkpoint *checkpoint,
          const char *note, uint64_t sinks)
{
    for (unsigned i = 0; i < DAEMONS; i++) {
        bool is_sink = (sinks >> i & 1) != 0;
        int reason;

        if (i != DAEMON_SYSLOG && !is_sink)
            continue;
        reason = send_to(i, checkpoint, note);
        if (reason == 0 || (is_missing(reason) && !is_sink))
            continue;
        log_write(LOG_LEVEL_WARNING,
                  "audit log %s: the copy of its checkpoint did not reach %s: "
                  "%s; the next one will be sent too",
                  path, daemon_path(i), error_reason(reason));
    }
}
