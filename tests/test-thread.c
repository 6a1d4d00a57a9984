/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals are the application's: a thread of p11mux's own takes none. */
#include "common/thread.h"

#include <criterion/criterion.h>
#include <signal.h>

TestSuite(thread, .timeout = 60);

static sigset_t
mask_now(void)
{
    sigset_t mask;

    cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    return mask;
}

static void *
read_mask(void *out)
{
    *(sigset_t *)out = mask_now();
    return out;
}

Test(thread, has_all_signals_blocked_and_its_maker_those_of_before)
{
    sigset_t before, after, its;
    pthread_t thread;
    void *result;

    sigemptyset(&before);
    sigaddset(&before, SIGUSR1);
    cr_assert_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    cr_assert(thread_start(&thread, read_mask, &its));
    after = mask_now();
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_expect_eq(result, &its);
    for (int i = 1; i <= SIGRTMAX; i++) {
        /* Two are never blocked, and those below SIGRTMIN are the library's. */
        if (i != SIGKILL && i != SIGSTOP && (i < 32 || i >= SIGRTMIN))
            cr_expect_eq(sigismember(&its, i), 1, "%d", i);
        cr_expect_eq(sigismember(&after, i) == 1, i == SIGUSR1, "%d", i);
    }
}
