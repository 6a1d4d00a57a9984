/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread has the mask of whoever creates it from its first moment. */
#include "common/thread.h"

#include <signal.h>

bool
thread_start(pthread_t *out, void *(*run)(void *), void *context)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(out, NULL, run, context);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}
