/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes that leave no trace in the host's thread. */
#include "common/guard.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void
use_default_signals(void)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

TestSuite(guard, .init = use_default_signals);

/* The writing end of a pipe that nobody reads any more. */
static int
broken_pipe(void)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    return ends[1];
}

static bool
is_pending(int signal)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, signal) == 1;
}

static bool
is_blocked(int signal)
{
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, signal) == 1;
}

static void
block(int signal)
{
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
}

Test(guard, survives_a_broken_pipe)
{
    struct guard guard;

    guard_begin(&guard);
    cr_expect_eq(guard_write(&guard, broken_pipe(), "x", 1), -1);
    cr_expect_eq(errno, EPIPE);
    cr_expect(is_pending(SIGPIPE));
    guard_end(&guard);
    cr_expect(!is_pending(SIGPIPE));
    cr_expect(!is_blocked(SIGPIPE));
    cr_expect(!is_blocked(SIGXFSZ));
}

Test(guard, survives_the_limit_of_a_files_size)
{
    int file = open(fixture_path("file"), O_WRONLY | O_CREAT, 0600);
    struct rlimit limit = { .rlim_cur = 2, .rlim_max = RLIM_INFINITY };
    struct guard guard;

    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    guard_begin(&guard);
    cr_expect_eq(guard_write(&guard, file, "xyz", 3), 2);
    cr_expect_eq(guard_write(&guard, file, "z", 1), -1);
    cr_expect_eq(errno, EFBIG);
    guard_end(&guard);
    cr_expect(!is_pending(SIGXFSZ));
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
}

Test(guard, leaves_what_was_pending_before)
{
    struct guard guard;

    block(SIGPIPE);
    raise(SIGPIPE);
    guard_begin(&guard);
    cr_expect_eq(guard_write(&guard, broken_pipe(), "x", 1), -1);
    guard_end(&guard);
    cr_expect(is_pending(SIGPIPE));
    cr_expect(is_blocked(SIGPIPE));
}

Test(guard, leaves_a_signal_that_is_not_of_its_writes)
{
    struct guard guard;

    block(SIGPIPE);
    guard_begin(&guard);
    raise(SIGPIPE); /* as another thread of the host may */
    guard_end(&guard);
    cr_expect(is_pending(SIGPIPE));
}

Test(guard, keeps_the_mask_as_it_was)
{
    struct guard guard;

    block(SIGXFSZ);
    block(SIGUSR1);
    guard_begin(&guard);
    cr_expect(is_blocked(SIGPIPE));
    cr_expect(is_blocked(SIGXFSZ));
    guard_end(&guard);
    cr_expect(!is_blocked(SIGPIPE));
    cr_expect(is_blocked(SIGXFSZ));
    cr_expect(is_blocked(SIGUSR1));
}

Test(guard, keeps_errno_and_the_cancellation_state)
{
    struct guard guard;
    int state;

    errno = ENOTTY;
    guard_begin(&guard);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    cr_expect_eq(state, PTHREAD_CANCEL_DISABLE);
    errno = EIO;
    guard_end(&guard);
    cr_expect_eq(errno, ENOTTY);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    cr_expect_eq(state, PTHREAD_CANCEL_ENABLE);

    guard_begin(&guard);
    guard_end(&guard);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    cr_expect_eq(state, PTHREAD_CANCEL_DISABLE);
}
