/* SPDX-License-Identifier: BSD-3-Clause */
/* The clerk's thread: when something is due. */
#include "audit/clerk.h"

#include "audit/config-watch.h"
#include "audit/sealer.h"
#include "common/worker.h"

#include <stdatomic.h>
#include <stdlib.h>

struct clerk {
    struct audit_sink sink;
    const struct audit_sink *inner;
    struct audit_log *log;
    const struct config_audit *settings;
    struct sealer *sealer;
    struct config_watch watch;
    _Atomic(uint64_t) call_at; /* by how many records it is called; UINT64_MAX:
                                * by none */
    struct mutex lock;
    struct condition changed;
    bool may_create_threads;
    bool is_called;
    bool is_stopping;
    struct worker worker;
};

/* -- The thread ----------------------------------------------------------- */

/* False: it is to stop. */
static bool wait_locked(struct clerk *clerk) REQUIRES(clerk->lock);

static bool
wait_locked(struct clerk *clerk)
{
    struct deadline until =
        deadline_in(clerk->settings->checkpoint_interval_ms);

    while (!clerk->is_stopping && !clerk->is_called &&
           !deadline_has_passed(until))
        (void)condition_wait(&clerk->changed, &clerk->lock, until);
    /* What is written from now on counts for the next time. */
    clerk->is_called = false;
    atomic_store(&clerk->call_at, audit_log_count(clerk->log) +
                                      clerk->settings->checkpoint_records);
    return !clerk->is_stopping;
}

static void *
work_in_thread(void *argument)
{
    struct clerk *clerk = argument;

    (void)pthread_setname_np(pthread_self(), "p11mux-clerk");
    mutex_lock(&clerk->lock);
    while (wait_locked(clerk)) {
        mutex_unlock(&clerk->lock);
        config_watch_look(&clerk->watch, clerk->log);
        sealer_run(clerk->sealer);
        mutex_lock(&clerk->lock);
    }
    worker_finish(&clerk->worker, &clerk->changed);
    mutex_unlock(&clerk->lock);
    return NULL;
}

static void start_locked(struct clerk *clerk) REQUIRES(clerk->lock);

static void
start_locked(struct clerk *clerk)
{
    /* The record that it was called for is the first one. */
    atomic_store(&clerk->call_at, audit_log_count(clerk->log) - 1 +
                                      clerk->settings->checkpoint_records);
    worker_start(&clerk->worker, work_in_thread, clerk);
}

/* -- Being called --------------------------------------------------------- */

static void call_locked(struct clerk *clerk) REQUIRES(clerk->lock);

static void
call_locked(struct clerk *clerk)
{
    if (clerk->is_stopping ||
        audit_log_count(clerk->log) < atomic_load(&clerk->call_at))
        return;
    atomic_store(&clerk->call_at, UINT64_MAX);
    if (!clerk->worker.has_thread && clerk->may_create_threads)
        start_locked(clerk);
    else
        clerk->is_called = true;
    condition_signal(&clerk->changed);
}

static bool
write_and_count(void *context, const struct audit_event *event)
{
    struct clerk *clerk = context;
    bool is_kept = clerk->inner->write(clerk->inner->context, event);

    if (audit_log_count(clerk->log) >=
        atomic_load_explicit(&clerk->call_at, memory_order_relaxed)) {
        mutex_lock(&clerk->lock);
        call_locked(clerk);
        mutex_unlock(&clerk->lock);
    }
    return is_kept;
}

static bool
admit(void *context, const struct audit_event *event)
{
    const struct clerk *clerk = context;

    return clerk->inner->admit(clerk->inner->context, event);
}

const struct audit_sink *
clerk_serve(struct clerk *clerk)
{
    atomic_store(&clerk->call_at, audit_log_count(clerk->log) + 1);
    return &clerk->sink;
}

/* -- Beginning and end ---------------------------------------------------- */

struct clerk *
clerk_new(const struct config *config, const struct config *latest,
          struct audit_log *log, bool may_create_threads)
{
    struct clerk *clerk = calloc(1, sizeof(*clerk));

    if (clerk == NULL)
        return NULL;
    clerk->sealer = sealer_new(&config->audit, log);
    if (clerk->sealer == NULL) {
        free(clerk);
        return NULL;
    }
    clerk->log = log;
    clerk->inner = audit_log_sink(log);
    clerk->sink = *clerk->inner;
    clerk->sink.write = write_and_count;
    clerk->sink.admit = admit;
    clerk->sink.context = clerk;
    clerk->settings = &config->audit;
    clerk->may_create_threads = may_create_threads;
    config_watch_begin(&clerk->watch, latest);
    mutex_init(&clerk->lock, LOCK_CLERK);
    condition_init(&clerk->changed);
    return clerk;
}

bool
clerk_take_config(struct clerk *clerk, const struct config *config,
                  size_t n_waiting)
{
    return config_watch_take(&clerk->watch, config, n_waiting, clerk->log,
                             clerk->settings->denies);
}

void
clerk_forbid_threads(struct clerk *clerk)
{
    mutex_lock(&clerk->lock);
    clerk->may_create_threads = false;
    mutex_unlock(&clerk->lock);
}

bool
clerk_rest(struct clerk *clerk, uint64_t wait_ms)
{
    struct deadline until = deadline_in(wait_ms);

    if (clerk == NULL)
        return true;
    mutex_lock(&clerk->lock);
    clerk->is_stopping = true;
    condition_broadcast(&clerk->changed);
    mutex_unlock(&clerk->lock);
    return worker_end(&clerk->worker, &clerk->lock, &clerk->changed, until);
}

void
clerk_finish(struct clerk *clerk, void (*write_last)(void *context),
             void *context)
{
    sealer_finish(clerk->sealer, write_last, context);
}

void
clerk_free(struct clerk *clerk)
{
    if (clerk == NULL)
        return;
    sealer_free(clerk->sealer);
    condition_destroy(&clerk->changed);
    mutex_destroy(&clerk->lock);
    free(clerk);
}
