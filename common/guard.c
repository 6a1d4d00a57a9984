/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes without signals, cancellation or a changed errno for the host. */
#include "common/guard.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static void
guarded_signals(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGPIPE);
    sigaddset(out, SIGXFSZ);
}

void
guard_begin(struct guard *guard)
{
    sigset_t ours;

    guard->saved_errno = errno;
    guard->raised_sigpipe = false;
    guard->raised_sigxfsz = false;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel_state);
    guarded_signals(&ours);
    pthread_sigmask(SIG_BLOCK, &ours, &guard->mask);
    /* What waits now is not ours; where the host blocks neither, none does. */
    sigemptyset(&guard->pending);
    if (sigismember(&guard->mask, SIGPIPE) == 1 ||
        sigismember(&guard->mask, SIGXFSZ) == 1)
        sigpending(&guard->pending);
}

ssize_t
guard_write(struct guard *guard, int descriptor, const void *bytes,
            size_t length)
{
    ssize_t written;

    do {
        written = write(descriptor, bytes, length);
    } while (written < 0 && errno == EINTR);
    if (written < 0 && errno == EPIPE)
        guard->raised_sigpipe = true;
    if (written < 0 && errno == EFBIG)
        guard->raised_sigxfsz = true;
    return written;
}

static void
take_back(const struct guard *guard, int signal)
{
    static const struct timespec at_once = { 0 };
    sigset_t one;

    if (sigismember(&guard->pending, signal) == 1)
        return;
    sigemptyset(&one);
    sigaddset(&one, signal);
    while (sigtimedwait(&one, NULL, &at_once) < 0 && errno == EINTR)
        continue;
}

void
guard_end(struct guard *guard)
{
    if (guard->raised_sigpipe)
        take_back(guard, SIGPIPE);
    if (guard->raised_sigxfsz)
        take_back(guard, SIGXFSZ);
    pthread_sigmask(SIG_SETMASK, &guard->mask, NULL);
    pthread_setcancelstate(guard->cancel_state, NULL);
    errno = guard->saved_errno;
}
