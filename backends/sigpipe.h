/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps a SIGPIPE that a module causes in this thread from the application. */
#ifndef BACKENDS_SIGPIPE_H
#define BACKENDS_SIGPIPE_H

#include <stdbool.h>

/* What was so before; filled by sigpipe_hold. */
struct sigpipe {
    bool was_blocked;
    bool was_pending;
};

/* Blocks the signal in this thread. */
void sigpipe_hold(struct sigpipe *out);

/* Takes back one that came since, and lets the signal through again, both
 * only if that was so before (R4.7). */
void sigpipe_release(const struct sigpipe *before);

#endif
