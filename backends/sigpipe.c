/* SPDX-License-Identifier: BSD-3-Clause */
/* Holds SIGPIPE back while a module writes to a peer that may be gone. */
#include "backends/sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static bool
is_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void
only_sigpipe(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGPIPE);
}

void
sigpipe_hold(struct sigpipe *out)
{
    sigset_t sigpipe;
    sigset_t before;

    only_sigpipe(&sigpipe);
    sigemptyset(&before);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    out->was_blocked = sigismember(&before, SIGPIPE) == 1;
    out->was_pending = is_pending();
}

void
sigpipe_release(const struct sigpipe *before)
{
    const struct timespec at_once = { 0, 0 };
    int kept_errno = errno;
    sigset_t sigpipe;

    only_sigpipe(&sigpipe);
    if (!before->was_pending && is_pending())
        while (sigtimedwait(&sigpipe, NULL, &at_once) < 0 && errno == EINTR)
            continue;
    if (!before->was_blocked)
        pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
    errno = kept_errno;
}
