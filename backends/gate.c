/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call passes on its way into a module that needs care. */
#include "backends/backend-private.h"
#include "backends/sigpipe.h"

#include <pthread.h>

/*
 * What this thread entered; calls do not nest. That a backend is guarded may
 * become known between enter and leave, so that leave looks here.
 */
static _Thread_local struct {
    const struct backend *backend;
    struct mutex *lock; /* NULL: not taken */
    int cancel_state;
    bool holds_sigpipe;
    struct sigpipe sigpipe;
} entered __attribute__((tls_model("initial-exec")));

/* One lock for all entries that share a library. */
static struct mutex *
find_lock(struct backend *backend)
{
    if (backend_functions(backend) != NULL && backend->library != NULL)
        return library_serialise(backend->library);
    return &backend->own_serialise;
}

/* Taken here and given back by leave: the module's call is in between. */
TSA(no_thread_safety_analysis)
void
backend_enter_guarded(struct backend *backend)
{
    const struct config_profile *settings = &backend_profile(backend)->settings;

    /* A thread that is cancelled inside would take the lock with it. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &entered.cancel_state);
    entered.backend = backend;
    entered.lock = NULL;
    if (atomic_load_explicit(&backend->is_serialised, memory_order_relaxed)) {
        entered.lock = find_lock(backend);
        mutex_lock(entered.lock);
    }
    entered.holds_sigpipe = settings->sigpipe == ANSWER_YES;
    if (entered.holds_sigpipe)
        sigpipe_hold(&entered.sigpipe);
}

TSA(no_thread_safety_analysis)
void
backend_leave_guarded(struct backend *backend)
{
    if (entered.backend != backend)
        return;
    entered.backend = NULL;
    if (entered.holds_sigpipe)
        sigpipe_release(&entered.sigpipe);
    if (entered.lock != NULL)
        mutex_unlock(entered.lock);
    (void)pthread_setcancelstate(entered.cancel_state, NULL);
}
