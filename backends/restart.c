/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that find back to their devices only when they are started anew. */
#include "backends/backend-private.h"
#include "backends/launch.h"
#include "backends/start.h"

#include <stdio.h>

/* Nobody starts it, or looks at its slots, while it is said to be starting. */
static bool claim_locked(struct backend *backend) REQUIRES(backend->lock);

static bool
claim_locked(struct backend *backend)
{
    if (atomic_load(&backend->state) != BACKEND_UP || backend->library == NULL)
        return false;
    atomic_store(&backend->state, BACKEND_STARTING);
    return true;
}

bool
backend_end(struct backend *backend)
{
    unsigned generation;
    bool is_ours;

    if (backend->library == NULL ||
        library_state(backend->library) != LIBRARY_OURS)
        return false;
    mutex_lock(&backend->lock);
    is_ours = claim_locked(backend);
    generation = backend->generation;
    mutex_unlock(&backend->lock);
    if (!is_ours)
        return false;
    start_end(backend->library, &backend->completed, backend->name, generation);
    mutex_lock(&backend->lock);
    backend->next_try = deadline_now();
    snprintf(backend->why, sizeof(backend->why), "it is started anew");
    atomic_store(&backend->state, BACKEND_DOWN);
    condition_broadcast(&backend->changed);
    mutex_unlock(&backend->lock);
    return true;
}

void
backend_hasten(struct backend *backend)
{
    mutex_lock(&backend->lock);
    if (atomic_load(&backend->state) == BACKEND_DOWN)
        backend->next_try = deadline_now();
    mutex_unlock(&backend->lock);
}

bool
backend_is_starting(struct backend *backend, uint64_t most_ms)
{
    return launch_is_young(backend, clock_now() - most_ms * 1000 * 1000);
}
