/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread of p11mux's own that works until it is told to end, beside an owner
 * whose lock and condition it shares. */
#ifndef COMMON_WORKER_H
#define COMMON_WORKER_H

#include "common/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Zeros: none yet. Changed with the owner's lock held. */
struct worker {
    pthread_t thread;
    _Atomic(bool) has_thread; /* may also be read without the lock */
    bool is_finished;         /* the thread has nothing more to do */
    bool is_left;             /* it did not end in time */
};

/* With the owner's lock held. Without a thread if the system gives none. */
void worker_start(struct worker *worker, void *(*run)(void *), void *context);

/* By the thread, with the owner's lock held, before it releases that for the
 * last time and returns. */
void worker_finish(struct worker *worker, struct condition *changed);

/* Once the thread was told to end, without the lock. False: it works for longer
 * than until then, so it is left to itself, now and whenever this is called
 * again, and what it uses has to stay. */
bool worker_end(struct worker *worker, struct mutex *lock,
                struct condition *changed, struct deadline until);

#endif
