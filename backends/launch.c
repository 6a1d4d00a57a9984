/* SPDX-License-Identifier: BSD-3-Clause */
/* Brings backends up, each single-flight. */
#include "backends/launch.h"

#include "backends/start.h"
#include "common/back-off.h"
#include "common/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Never blocked: what a thread does itself must reach its handler. */
static const int own_faults[] = { SIGSEGV, SIGBUS,  SIGFPE,
                                  SIGILL,  SIGTRAP, SIGSYS };

static bool is_due_locked(struct backend *backend) REQUIRES(backend->lock);

static bool
is_due_locked(struct backend *backend)
{
    return atomic_load(&backend->state) == BACKEND_DOWN &&
           deadline_has_passed(backend->next_try);
}

bool
launch_is_due(struct backend *backend)
{
    bool is_due;

    /* Nearly always: no lock for it. */
    if (backend_state(backend) != BACKEND_DOWN)
        return false;
    mutex_lock(&backend->lock);
    is_due = is_due_locked(backend);
    mutex_unlock(&backend->lock);
    return is_due;
}

bool
launch_is_young(struct backend *backend, uint64_t since)
{
    bool is_young;

    mutex_lock(&backend->lock);
    is_young = atomic_load(&backend->state) == BACKEND_STARTING &&
               (backend->is_in_line || backend->begun_at >= since);
    mutex_unlock(&backend->lock);
    return is_young;
}

/* Notes a failure; true when it is not the one of the last time again. */
static bool note_failure_locked(struct backend *backend, const char *why)
    REQUIRES(backend->lock);

static bool
note_failure_locked(struct backend *backend, const char *why)
{
    bool is_news = strcmp(backend->why, why) != 0;

    snprintf(backend->why, sizeof(backend->why), "%s", why);
    backend->failures++;
    backend->next_try =
        deadline_in(start_backoff_ms(backend->failures, back_off_random()));
    return is_news;
}

/* Lets those go on who wait for the start. */
static void
end_start(struct backend *backend, enum backend_state state)
{
    mutex_lock(&backend->lock);
    atomic_store(&backend->state, state);
    condition_broadcast(&backend->changed);
    mutex_unlock(&backend->lock);
}

static void
settle_failure(struct backend *backend, bool is_refused, const char *why)
{
    enum log_level level =
        backend->is_registered ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR;
    uint64_t next_ms;
    bool is_news;

    mutex_lock(&backend->lock);
    is_news = note_failure_locked(backend, why);
    /* Nobody wants to hear of what is being ended. */
    if (!is_news || atomic_load(&backend->given_up))
        level = LOG_LEVEL_DEBUG;
    next_ms = deadline_remaining_ms(backend->next_try);
    mutex_unlock(&backend->lock);
    /* Said before anybody goes on: it may be to the end of the process. */
    if (is_refused)
        log_write(level, "module \"%s\" is not used: %s", backend->name, why);
    else
        log_write(level, "module \"%s\" is down: %s; next try in %.1f s",
                  backend->name, why, (double)next_ms / 1000);
    end_start(backend, is_refused ? BACKEND_REFUSED : BACKEND_DOWN);
}

static void
settle_up(struct backend *backend, const struct start_result *result)
{
    bool is_orphan;

    /* Before anybody can call it. */
    backend_settle_profile(backend, &result->info, result->serialise);
    mutex_lock(&backend->lock);
    backend->info = result->info;
    backend->generation = result->generation;
    backend->failures = 0;
    backend->why[0] = '\0';
    is_orphan = backend->is_orphan;
    atomic_fetch_add(&backend->epoch, 1);
    atomic_store(&backend->state, BACKEND_UP);
    condition_broadcast(&backend->changed);
    mutex_unlock(&backend->lock);
    if (is_orphan)
        library_orphan(backend->library, result->generation);
    else
        log_write(LOG_LEVEL_INFO, "module \"%s\" is up", backend->name);
}

bool
launch_load(struct backend *backend, struct error *error)
{
    if (backend_load(backend, error))
        return true;
    settle_failure(backend, error->rv == CKR_FUNCTION_REJECTED, error->text);
    return false;
}

/* Those that wait for the end of the launch count its time from now on. */
static bool
take_turn(struct backend *backend)
{
    if (!start_turn_take(&backend->turn, &backend->given_up))
        return false;
    mutex_lock(&backend->lock);
    backend->is_in_line = false;
    backend->begun_at = clock_now();
    condition_broadcast(&backend->changed);
    mutex_unlock(&backend->lock);
    return true;
}

static void
run_in_turn(struct backend *backend, struct start_result *out)
{
    struct start_request request = { .name = backend->name,
                                     .init_args = backend->init_args,
                                     .may_create_threads =
                                         backend->may_create_threads,
                                     .turn = &backend->turn,
                                     .given_up = &backend->given_up };
    struct error error = { 0 };

    if (backend->library == NULL && !backend_load(backend, &error)) {
        out->is_refused = error.rv == CKR_FUNCTION_REJECTED;
        snprintf(out->why, sizeof(out->why), "%s", error.text);
        return;
    }
    request.functions = &backend->completed;
    request.fork_mode = backend_profile(backend)->settings.fork_mode;
    start_run(backend->library, &request, out);
}

static void
launch_run(struct backend *backend)
{
    struct start_result result = { 0 };

    if (!take_turn(backend)) {
        settle_failure(backend, false, "stopped before it was started");
        return;
    }
    run_in_turn(backend, &result);
    start_turn_give(&backend->turn);
    mutex_lock(&backend->lock);
    if (result.was_called) {
        backend->tries++;
        backend->start_us = result.start_us;
    }
    mutex_unlock(&backend->lock);
    if (result.is_up)
        settle_up(backend, &result);
    else
        settle_failure(backend, result.is_refused, result.why);
}

static void *
launch_thread(void *backend)
{
    pthread_setname_np(pthread_self(), "p11mux-start");
    launch_run(backend);
    return NULL;
}

/* R4.7: the application's handlers do not run in p11mux's threads. Not with
 * thread_start, which blocks those of the thread's own faults too. */
static bool create_thread_locked(struct backend *backend)
    REQUIRES(backend->lock);

static bool
create_thread_locked(struct backend *backend)
{
    sigset_t blocked;
    sigset_t before;
    int failed;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(own_faults) / sizeof(own_faults[0]); i++)
        sigdelset(&blocked, own_faults[i]);
    if (pthread_sigmask(SIG_SETMASK, &blocked, &before) != 0)
        return false;
    failed = pthread_create(&backend->thread, NULL, launch_thread, backend);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    backend->has_thread = failed == 0;
    return backend->has_thread;
}

static bool take_thread_locked(struct backend *backend, pthread_t *out)
    REQUIRES(backend->lock);

static bool
take_thread_locked(struct backend *backend, pthread_t *out)
{
    bool has_thread = backend->has_thread;

    *out = backend->thread;
    backend->has_thread = false;
    return has_thread;
}

/* Makes a due launch the caller's. */
static bool
claim(struct backend *backend)
{
    bool is_due;

    launch_reap(backend);
    mutex_lock(&backend->lock);
    /* Not before the thread of the launch before has been taken care of. */
    is_due = is_due_locked(backend) && !backend->has_thread;
    if (is_due) {
        backend->is_in_line = true;
        atomic_store(&backend->state, BACKEND_STARTING);
    }
    mutex_unlock(&backend->lock);
    return is_due;
}

void
launch_begin(struct backend *backend)
{
    bool has_thread = false;

    if (!claim(backend))
        return;
    start_turn_join(&backend->turn);
    if (backend->may_create_threads) {
        mutex_lock(&backend->lock);
        has_thread = create_thread_locked(backend);
        mutex_unlock(&backend->lock);
    }
    if (!has_thread)
        launch_run(backend);
}

void
launch_reap(struct backend *backend)
{
    bool has_ended = false;
    pthread_t thread;

    mutex_lock(&backend->lock);
    if (atomic_load(&backend->state) != BACKEND_STARTING)
        has_ended = take_thread_locked(backend, &thread);
    mutex_unlock(&backend->lock);
    if (has_ended)
        pthread_join(thread, NULL);
}

/* Nobody is in line for ever (backends/start-turn.h). */
static void wait_for_turn_locked(struct backend *backend)
    REQUIRES(backend->lock);

static void
wait_for_turn_locked(struct backend *backend)
{
    while (atomic_load(&backend->state) == BACKEND_STARTING &&
           backend->is_in_line)
        condition_wait(&backend->changed, &backend->lock, deadline_never());
}

static bool wait_locked(struct backend *backend, struct deadline until)
    REQUIRES(backend->lock);

static bool
wait_locked(struct backend *backend, struct deadline until)
{
    while (atomic_load(&backend->state) == BACKEND_STARTING &&
           condition_wait(&backend->changed, &backend->lock, until))
        continue;
    return atomic_load(&backend->state) != BACKEND_STARTING;
}

bool
launch_wait(struct backend *backend, uint64_t most_ms)
{
    bool has_ended;

    mutex_lock(&backend->lock);
    wait_for_turn_locked(backend);
    has_ended = wait_locked(backend, deadline_from(backend->begun_at, most_ms));
    mutex_unlock(&backend->lock);
    launch_reap(backend);
    return has_ended;
}

bool
launch_stop(struct backend *backend, struct deadline until)
{
    bool has_ended;
    bool is_left = false;
    pthread_t thread;

    atomic_store(&backend->given_up, true);
    start_turn_wake();
    library_wake();
    mutex_lock(&backend->lock);
    /* Who is in line leaves it now. */
    wait_for_turn_locked(backend);
    has_ended = wait_locked(backend, until);
    backend->is_orphan = !has_ended;
    if (!has_ended)
        is_left = take_thread_locked(backend, &thread);
    mutex_unlock(&backend->lock);
    if (is_left)
        pthread_detach(thread);
    launch_reap(backend);
    return has_ended;
}

void
backend_vanish(struct backend *backend)
{
    unsigned generation;
    bool was_up;

    mutex_lock(&backend->lock);
    generation = backend->generation;
    was_up =
        backend->library != NULL && atomic_load(&backend->state) == BACKEND_UP;
    if (was_up) {
        backend->next_try = deadline_now();
        snprintf(backend->why, sizeof(backend->why),
                 "somebody else in this process finalised it");
        atomic_store(&backend->state, BACKEND_DOWN);
    }
    mutex_unlock(&backend->lock);
    if (was_up)
        library_vanish(backend->library, generation);
}
