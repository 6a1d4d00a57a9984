/* SPDX-License-Identifier: BSD-3-Clause */
/* Waits for records in memory, and has them written. */
#include "audit/flusher.h"

#include "common/worker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    DELAY_MS = 10,  /* a record waits for others */
    LOOK_MS = 1000, /* what a writer that hung has left is looked for */
};

struct flusher {
    struct run *run;
    pid_t pid;
    struct mutex lock;
    struct condition changed;
    enum batch_fill fill; /* since it was written last */
    bool is_stopping;
    struct worker worker;
};

/* Whose run is written when this process exits; whoever takes it away from
 * here ends it. */
static _Atomic(struct flusher *) latest;

struct flusher *
flusher_new(struct run *run)
{
    struct flusher *flusher = calloc(1, sizeof(*flusher));

    if (flusher == NULL)
        return NULL;
    flusher->run = run;
    flusher->pid = getpid();
    mutex_init(&flusher->lock, LOCK_FLUSHER);
    condition_init(&flusher->changed);
    atomic_store(&latest, flusher);
    return flusher;
}

void
flusher_free(struct flusher *flusher)
{
    if (flusher == NULL)
        return;
    condition_destroy(&flusher->changed);
    mutex_destroy(&flusher->lock);
    free(flusher);
}

/* -- The thread ----------------------------------------------------------- */

/* Until there is something, and then a little longer; or for long enough. */
static void wait_for_records_locked(struct flusher *flusher)
    REQUIRES(flusher->lock);

static void
wait_for_records_locked(struct flusher *flusher)
{
    struct deadline until = deadline_in(LOOK_MS);

    while (!flusher->is_stopping && flusher->fill == BATCH_AS_BEFORE &&
           condition_wait(&flusher->changed, &flusher->lock, until))
        continue;
    until = deadline_in(DELAY_MS);
    while (!flusher->is_stopping && flusher->fill == BATCH_BEGUN &&
           !deadline_has_passed(until))
        (void)condition_wait(&flusher->changed, &flusher->lock, until);
    flusher->fill = BATCH_AS_BEFORE;
}

static void *
flush_in_thread(void *argument)
{
    struct flusher *flusher = argument;

    (void)pthread_setname_np(pthread_self(), "p11mux-audit");
    mutex_lock(&flusher->lock);
    while (!flusher->is_stopping) {
        wait_for_records_locked(flusher);
        mutex_unlock(&flusher->lock);
        run_flush(flusher->run);
        mutex_lock(&flusher->lock);
    }
    worker_finish(&flusher->worker, &flusher->changed);
    mutex_unlock(&flusher->lock);
    return NULL;
}

static void start_locked(struct flusher *flusher) REQUIRES(flusher->lock);

static void
start_locked(struct flusher *flusher)
{
    worker_start(&flusher->worker, flush_in_thread, flusher);
}

bool
flusher_is_ready(struct flusher *flusher)
{
    bool is_ready;

    mutex_lock(&flusher->lock);
    if (!flusher->worker.has_thread && !flusher->is_stopping)
        start_locked(flusher);
    is_ready = flusher->worker.has_thread && !flusher->is_stopping;
    mutex_unlock(&flusher->lock);
    return is_ready;
}

void
flusher_wake(struct flusher *flusher, enum batch_fill fill)
{
    bool is_stopping;

    mutex_lock(&flusher->lock);
    if (fill > flusher->fill)
        flusher->fill = fill;
    is_stopping = flusher->is_stopping;
    condition_broadcast(&flusher->changed);
    mutex_unlock(&flusher->lock);
    if (is_stopping)
        run_flush(flusher->run);
}

/* -- The end -------------------------------------------------------------- */

bool
flusher_forbid_thread(struct flusher *flusher)
{
    bool has_thread;

    mutex_lock(&flusher->lock);
    has_thread = flusher->worker.has_thread;
    flusher->is_stopping = flusher->is_stopping || !has_thread;
    mutex_unlock(&flusher->lock);
    return !has_thread;
}

static bool
end_thread(struct flusher *flusher, uint64_t wait_ms)
{
    struct deadline until = deadline_in(wait_ms);

    mutex_lock(&flusher->lock);
    flusher->is_stopping = true;
    condition_broadcast(&flusher->changed);
    mutex_unlock(&flusher->lock);
    return worker_end(&flusher->worker, &flusher->lock, &flusher->changed,
                      until);
}

bool
flusher_stop(struct flusher *flusher, uint64_t wait_ms)
{
    struct flusher *expected = flusher;

    if (flusher == NULL)
        return true;
    if (!atomic_compare_exchange_strong(&latest, &expected, NULL) &&
        !flusher->is_stopping)
        return false;
    if (!end_thread(flusher, wait_ms))
        return false;
    run_flush(flusher->run);
    return true;
}

/* Not in a child, whose memory is a copy. */
__attribute__((destructor)) static void
flush_at_exit(void)
{
    struct flusher *flusher = atomic_exchange(&latest, NULL);

    if (flusher != NULL && flusher->pid == getpid())
        run_flush(flusher->run);
}
