/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread is joined by whoever ends it, or detached when it takes too long. */
#include "common/worker.h"

#include "common/thread.h"

void
worker_start(struct worker *worker, void *(*run)(void *), void *context)
{
    atomic_store(&worker->has_thread,
                 thread_start(&worker->thread, run, context));
}

void
worker_finish(struct worker *worker, struct condition *changed)
{
    worker->is_finished = true;
    condition_broadcast(changed);
}

bool
worker_end(struct worker *worker, struct mutex *lock, struct condition *changed,
           struct deadline until)
{
    bool is_mine;

    mutex_lock(lock);
    while (worker->has_thread && !worker->is_finished && !worker->is_left &&
           condition_wait(changed, lock, until))
        continue;
    is_mine = worker->has_thread && !worker->is_left;
    worker->is_left =
        worker->is_left || (worker->has_thread && !worker->is_finished);
    atomic_store(&worker->has_thread, worker->is_left);
    mutex_unlock(lock);
    /* Nobody waits for one that is left: the system takes it when it ends. */
    if (is_mine && worker->is_left)
        (void)pthread_detach(worker->thread);
    else if (is_mine)
        (void)pthread_join(worker->thread, NULL);
    return !worker->is_left;
}
