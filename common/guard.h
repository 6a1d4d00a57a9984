/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a write of ours could do to the host's thread, kept away from it:
 * SIGPIPE and SIGXFSZ, cancellation, a changed errno.
 */
#ifndef COMMON_GUARD_H
#define COMMON_GUARD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct guard {
    sigset_t mask;       /* the thread's own */
    sigset_t pending;    /* what waited for the thread before */
    bool raised_sigpipe; /* by a guarded write */
    bool raised_sigxfsz;
    int cancel_state;
    int saved_errno;
};

/* From here to guard_end this thread is not cancelled and gets neither of
 * the two signals. */
void guard_begin(struct guard *guard);

/* write(2), begun again when a signal interrupted it. -1 with errno. */
ssize_t guard_write(struct guard *guard, int descriptor, const void *bytes,
                    size_t length);

/* Takes back a signal that a guarded write raised, unless one of its kind
 * waited before; mask, cancellation and errno are as at the beginning. */
void guard_end(struct guard *guard);

#endif
