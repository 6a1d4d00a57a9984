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
    struct door *door; /* NULL: not passed */
    int cancel_state;
    bool holds_sigpipe;
    struct sigpipe sigpipe;
} entered __attribute__((tls_model("initial-exec")));

/* One door for all entries that share a library. */
static struct door *
find_door(struct backend *backend)
{
    if (backend_functions(backend) != NULL && backend->library != NULL)
        return library_door(backend->library);
    return &backend->own_door;
}

bool
backend_is_serialised(const struct backend *backend)
{
    return atomic_load_explicit(&backend->is_serialised, memory_order_relaxed);
}

/* A thread that is cancelled inside would leave the door taken. */
static void
begin(struct backend *backend)
{
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &entered.cancel_state);
    entered.backend = backend;
    entered.door = NULL;
}

static void
hold_sigpipe(const struct backend *backend)
{
    entered.holds_sigpipe =
        backend_profile(backend)->settings.sigpipe == ANSWER_YES;
    if (entered.holds_sigpipe)
        sigpipe_hold(&entered.sigpipe);
}

void
backend_enter_guarded(struct backend *backend)
{
    begin(backend);
    if (backend_is_serialised(backend)) {
        entered.door = find_door(backend);
        door_pass(entered.door);
    }
    hold_sigpipe(backend);
}

enum backend_entry
backend_try_enter_guarded(struct backend *backend, struct deadline until)
{
    bool is_stuck;

    begin(backend);
    if (backend_is_serialised(backend)) {
        struct door *door = find_door(backend);

        if (!door_try(door, until, &is_stuck)) {
            entered.backend = NULL;
            (void)pthread_setcancelstate(entered.cancel_state, NULL);
            return is_stuck ? BACKEND_STUCK : BACKEND_LATE;
        }
        entered.door = door;
    }
    hold_sigpipe(backend);
    return BACKEND_ENTERED;
}

void
backend_leave_guarded(struct backend *backend)
{
    if (entered.backend != backend)
        return;
    entered.backend = NULL;
    if (entered.holds_sigpipe)
        sigpipe_release(&entered.sigpipe);
    if (entered.door != NULL)
        door_leave(entered.door);
    (void)pthread_setcancelstate(entered.cancel_state, NULL);
}

void
backend_set_stuck(struct backend *backend, bool is_stuck)
{
    atomic_store(&backend->gate.is_stuck, is_stuck);
    if (backend_is_serialised(backend))
        door_set_stuck(find_door(backend), is_stuck);
}

bool
backend_is_stuck(struct backend *backend)
{
    return atomic_load(&backend->gate.is_stuck) ||
           (backend_is_serialised(backend) &&
            door_is_stuck(find_door(backend)));
}
