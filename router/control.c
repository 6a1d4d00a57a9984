/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread that looks at the control page, and what does without it. */
#include "router/control.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/lock.h"
#include "router/control-private.h"
#include "router/process.h"

#include <stdlib.h>

/* Between two looks; and while something has to come to an end. */
enum { LOOK_MS = 200, REST_MS = 20 };

struct control *
control_new(struct instance *instance)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control == NULL)
        return NULL;
    mutex_init(&control->lock, LOCK_CONTROL);
    condition_init(&control->changed);
    turn_init(&control->turn);
    control->instance = instance;
    if (control_page_path(instance->config->runtime_dir, &control->path))
        return control;
    (void)control_free(control, 0);
    return NULL;
}

/* -- Who looks ---------------------------------------------------------------
 */

static void *
watch_in_thread(void *argument)
{
    struct control *control = argument;

    (void)pthread_setname_np(pthread_self(), "p11mux-control");
    mutex_lock(&control->lock);
    while (!control->is_stopping) {
        bool is_running = true;

        mutex_unlock(&control->lock);
        if (turn_take(&control->turn, deadline_in(LOOK_MS))) {
            is_running = control_look(control);
            turn_give(&control->turn);
        }
        mutex_lock(&control->lock);
        if (!control->is_stopping)
            (void)condition_wait(&control->changed, &control->lock,
                                 deadline_in(is_running ? REST_MS : LOOK_MS));
    }
    worker_finish(&control->worker, &control->changed);
    mutex_unlock(&control->lock);
    return NULL;
}

/* Whoever looks at the note before the page is looked at waits for this
 * process; whoever looks at it later knows that the page was. */
static void
set_watch(struct control *control, enum control_watch watch)
{
    if (control->note != NULL)
        atomic_store(&control->note->watch, watch);
}

void
control_begin(struct control *control)
{
    atomic_store(&process.heeds, false);
    control_find_note(control);
    (void)control_look(control);
}

static void
start_thread(struct control *control)
{
    mutex_lock(&control->lock);
    if (!control->worker.has_thread && !control->is_stopping)
        worker_start(&control->worker, watch_in_thread, control);
    mutex_unlock(&control->lock);
}

static void
begin_watching(struct control *control)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    /* Else the next session does it. */
    if (!turn_take(&control->turn, deadline_in(LOOK_MS)))
        return;
    if (atomic_load(&control->watch) == CONTROL_WATCH_NOBODY) {
        enum control_watch watch =
            atomic_load(&control->instance->may_create_threads)
                ? CONTROL_WATCH_THREAD
                : CONTROL_WATCH_CALLS;

        set_watch(control, watch);
        (void)control_look(control);
        if (watch == CONTROL_WATCH_THREAD)
            start_thread(control);
        else
            atomic_store(&process.heeds, true);
        atomic_store(&control->watch, watch);
    }
    turn_give(&control->turn);
}

void
control_wake(struct control *control)
{
    if (atomic_load_explicit(&control->watch, memory_order_acquire) ==
        CONTROL_WATCH_NOBODY)
        begin_watching(control);
}

bool
control_has_watcher(void)
{
    const struct instance *instance = instance_get();

    return instance == NULL || instance->control == NULL ||
           atomic_load(&instance->control->watch) == CONTROL_WATCH_THREAD;
}

static void
look_if_free(struct control *control)
{
    if (!turn_take(&control->turn, deadline_now()))
        return;
    (void)control_look(control);
    turn_give(&control->turn);
}

void
control_look_here(void)
{
    struct instance *instance = instance_get();
    struct control *control = instance == NULL ? NULL : instance->control;
    uint64_t now, next;

    if (control == NULL || atomic_load(&control->watch) == CONTROL_WATCH_THREAD)
        return;
    control_wake(control);
    now = clock_now_coarse();
    next = atomic_load(&control->next);
    if (now < next ||
        !atomic_compare_exchange_strong(&control->next, &next,
                                        now + LOOK_MS * UINT64_C(1000000)))
        return;
    look_if_free(control);
}

void
control_look_now(void)
{
    struct control *control = instance_get()->control;

    if (!turn_take(&control->turn, deadline_never()))
        return;
    (void)control_look(control);
    turn_give(&control->turn);
}

/* -- Ending ------------------------------------------------------------------
 */

void
control_stop(struct control *control)
{
    mutex_lock(&control->lock);
    control->is_stopping = true;
    condition_broadcast(&control->changed);
    mutex_unlock(&control->lock);
}

bool
control_free(struct control *control, uint64_t wait_ms)
{
    struct deadline until = deadline_in(wait_ms);

    if (control == NULL)
        return true;
    mutex_lock(&control->lock);
    control->is_stopping = true;
    condition_broadcast(&control->changed);
    mutex_unlock(&control->lock);
    if (!worker_end(&control->worker, &control->lock, &control->changed, until))
        return false;
    control_note_free(control->note, control->note_path);
    control_page_clear(&control->page);
    free(control->note_path);
    free(control->path);
    turn_destroy(&control->turn);
    condition_destroy(&control->changed);
    mutex_destroy(&control->lock);
    free(control);
    return true;
}
