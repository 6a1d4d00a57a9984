/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies of records on their way to one daemon. They wait in memory, and a
 * thread of the relay's own sends them: a daemon that hangs or is away keeps
 * nobody. What finds no room is left out, and that is said.
 */
#ifndef AUDIT_RELAY_H
#define AUDIT_RELAY_H

#include "common/daemon.h"

#include <stdbool.h>
#include <stddef.h>

enum { RELAY_BYTES = 1024 * 1024 }; /* of records that wait */

struct relay;

/* NULL: no memory. Without a thread the records are sent by whoever brings
 * them, as far as that takes no waiting. A forked child's relay goes on with
 * its parent's socket. */
struct relay *relay_new(enum daemon which, bool may_create_threads);

/* A thread that runs already goes on. */
void relay_forbid_threads(struct relay *relay);

/* Takes whole lines, in their order; by one thread at a time. */
void relay_put(struct relay *relay, const char *lines, size_t length);

/* Sends what waits, for a quarter of a second at most. */
void relay_free(struct relay *relay);

#endif
