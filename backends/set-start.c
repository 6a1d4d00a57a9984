/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the backends of a set. */
#include "backends/environment.h"
#include "backends/launch.h"
#include "backends/set.h"
#include "common/log.h"

/* One after the other, each with its own environment and its own time. */
static void
start_contested(struct backend_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct backend *backend = set->backends[i];
        struct error error = { 0 };

        if (!backend->is_contested || !launch_is_due(backend))
            continue;
        if (!environment_set(backend->module, &error)) {
            log_write(LOG_LEVEL_ERROR, "%s", error.text);
            continue;
        }
        launch_begin(backend);
        launch_wait(backend, set->config->start_timeout_ms);
    }
}

static bool
check_up(const struct backend_set *set, struct backend *backend,
         struct error *error)
{
    struct backend_status status;

    backend_get_status(backend, &status);
    if (status.state == BACKEND_STARTING && backend->is_critical)
        return set_fail(set, backend,
                        "its C_Initialize has not returned within "
                        "start_timeout",
                        error);
    if (status.state != BACKEND_UP && backend->is_critical)
        return set_fail(set, backend, status.why, error);
    if (status.state == BACKEND_STARTING)
        log_write(LOG_LEVEL_WARNING,
                  "module \"%s\" has not returned from C_Initialize after %llu "
                  "ms; its tokens come when it does",
                  backend->name,
                  (unsigned long long)set->config->start_timeout_ms);
    return true;
}

bool
backend_set_start(struct backend_set *set, struct error *error)
{
    for (size_t i = 0; i < set->count; i++)
        if (!set->backends[i]->is_contested)
            launch_begin(set->backends[i]);
    start_contested(set);
    for (size_t i = 0; i < set->count; i++)
        if (!set->backends[i]->is_contested)
            launch_wait(set->backends[i], set->config->start_timeout_ms);
    for (size_t i = 0; i < set->count; i++)
        if (!check_up(set, set->backends[i], error))
            return false;
    return true;
}

/* One that hangs for longer than its time keeps the others no more. */
static bool
contested_is_starting(const struct backend_set *set)
{
    uint64_t timeout_ns = set->config->start_timeout_ms * 1000 * 1000;
    uint64_t now = clock_now();
    uint64_t since = now > timeout_ns ? now - timeout_ns : 0;

    for (size_t i = 0; i < set->count; i++)
        if (set->backends[i]->is_contested &&
            launch_is_young(set->backends[i], since))
            return true;
    return false;
}

void
backend_set_retry(struct backend_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct backend *backend = set->backends[i];

        launch_reap(backend);
        if (!launch_is_due(backend))
            continue;
        if (backend->is_contested && (contested_is_starting(set) ||
                                      !environment_set(backend->module, NULL)))
            continue;
        launch_begin(backend);
    }
}
