/* SPDX-License-Identifier: BSD-3-Clause */
/* The daemons of this machine that take messages on a datagram socket:
 * syslog's and the journal's. */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

enum daemon { DAEMON_SYSLOG, DAEMON_JOURNAL, DAEMONS };

/* "syslog", "journal". */
const char *daemon_name(enum daemon which);

/* Where it listens. */
const char *daemon_path(enum daemon which);

/* Elsewhere, for tests; NULL: the usual place. */
void daemon_set_paths(const char *syslog_path, const char *journal_path);

/* A high descriptor that leads there; -1 with errno. */
int daemon_connect(enum daemon which);

/* Sends one message and never waits; 0 or an errno. */
int daemon_send(int descriptor, const void *bytes, size_t length);

/* Until the daemon takes a message, or for so long. */
void daemon_wait(int descriptor, int milliseconds);

/* Whether that errno says that the daemon went away, perhaps to come back on a
 * new socket. */
bool daemon_is_gone(int reason);

/* Whether it says that the daemon has not read yet what it was sent. */
bool daemon_is_full(int reason);

#endif
