/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the log's lines go: one opened file, socket or stderr. A target never
 * changes; one whose descriptor was taken away is replaced by another.
 */
#ifndef COMMON_LOG_TARGET_H
#define COMMON_LOG_TARGET_H

#include "common/error.h"
#include "common/guard.h"
#include "common/log.h"

#include <stddef.h>

/* One message; `text` is a single clean line. */
struct log_message {
    enum log_level level;
    const char *text;
};

/* What stands between a target and its descriptor. */
enum log_target_state {
    LOG_TARGET_READY,
    LOG_TARGET_MOVED, /* a file that was renamed or removed: still writable */
    LOG_TARGET_GONE   /* closed or reused by the host: not to be touched */
};

struct log_target;

/* Opens "stderr", "syslog", "journal" or "file:PATH". */
bool log_target_open(const char *name, struct log_target **out,
                     struct error *error);

/* Opens the same again. */
bool log_target_reopen(const struct log_target *target, struct log_target **out,
                       struct error *error);

/* Closes the descriptor, unless it is the host's by now. */
void log_target_free(struct log_target *target);

enum log_target_state log_target_state(const struct log_target *target);

/* Writes one message without ever waiting; 0 or an errno. */
int log_target_send(const struct log_target *target, struct guard *guard,
                    const struct log_message *message);

/* For the list of those that wait to be freed. */
struct log_target *log_target_next(const struct log_target *target);
void log_target_set_next(struct log_target *target, struct log_target *next);

/* stderr, before anything is opened. */
const struct log_target *log_target_stderr(void);

#endif
