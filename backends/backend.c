/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: what they are made from, and what can be asked of them. */
#include "backends/backend-private.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
copy_text(const char *from, char **out)
{
    if (from == NULL)
        return true;
    *out = strdup(from);
    return *out != NULL;
}

/* In this order: who finds the gate guarded sees why. */
static void
backend_serialise(struct backend *backend)
{
    atomic_store(&backend->is_serialised, true);
    atomic_store(&backend->gate.is_guarded, true);
}

static void
publish_profile(struct backend *backend, const struct profile *profile)
{
    const struct config_profile *settings = &profile->settings;

    atomic_store(&backend->profile, profile);
    if (settings->serialise == SERIALISE_BACKEND)
        backend_serialise(backend);
    if (settings->sigpipe == ANSWER_YES)
        atomic_store(&backend->gate.is_guarded, true);
}

static struct backend *
backend_allocate(const char *name)
{
    struct backend *backend = calloc(1, sizeof(*backend));

    if (backend == NULL)
        return NULL;
    door_init(&backend->own_door);
    mutex_init(&backend->lock, LOCK_BACKEND);
    condition_init(&backend->changed);
    atomic_init(&backend->state, BACKEND_DOWN);
    if (!copy_text(name, &backend->name)) {
        backend_free(backend);
        return NULL;
    }
    return backend;
}

struct backend *
backend_new(const struct config *config, const struct roster_entry *entry,
            bool may_create_threads)
{
    struct backend *backend = backend_allocate(entry->name);

    if (backend == NULL)
        return NULL;
    backend->module = entry->module;
    backend->is_critical = entry->is_critical;
    backend->is_registered = entry->is_registered;
    backend->is_contested = entry->is_contested;
    backend->may_create_threads = may_create_threads;
    backend->settings = entry->module->settings;
    if (!copy_text(entry->path, &backend->path) ||
        !copy_text(entry->init_args, &backend->init_args) ||
        !copy_text(entry->instance, &backend->instance) ||
        !copy_text(config->state_dir, &backend->state_dir) ||
        !copy_text(entry->module->profile, &backend->wanted_profile)) {
        backend_free(backend);
        return NULL;
    }
    profile_resolve(backend->wanted_profile, backend->path, NULL, NULL,
                    &backend->settings, &backend->profiles[0]);
    publish_profile(backend, &backend->profiles[0]);
    if (entry->never != NULL) {
        atomic_store(&backend->state, BACKEND_REFUSED);
        snprintf(backend->why, sizeof(backend->why), "%s", entry->never);
    }
    return backend;
}

struct backend *
backend_new_list(const char *name, const CK_FUNCTION_LIST_3_2 *functions,
                 const struct profile *profile)
{
    struct backend *backend = backend_allocate(name);

    if (backend == NULL)
        return NULL;
    backend->profiles[0] = *profile;
    publish_profile(backend, &backend->profiles[0]);
    backend->version = functions->version;
    atomic_store(&backend->functions, functions);
    atomic_store(&backend->epoch, 1);
    atomic_store(&backend->state, BACKEND_UP);
    return backend;
}

void
backend_free(struct backend *backend)
{
    if (backend == NULL)
        return;
    door_destroy(&backend->own_door);
    mutex_destroy(&backend->lock);
    condition_destroy(&backend->changed);
    free(backend->name);
    free(backend->path);
    free(backend->init_args);
    free(backend->instance);
    free(backend->state_dir);
    free(backend->wanted_profile);
    free(backend);
}

const char *
backend_name(const struct backend *backend)
{
    return backend->name;
}

const char *
backend_path(const struct backend *backend)
{
    if (backend_functions(backend) != NULL && backend->library != NULL)
        return library_file(backend->library);
    return backend->path;
}

const struct profile *
backend_profile(const struct backend *backend)
{
    return atomic_load_explicit(&backend->profile, memory_order_acquire);
}

const struct config_module *
backend_module(const struct backend *backend)
{
    return backend->module;
}

bool
backend_shares_library(const struct backend *a, const struct backend *b)
{
    return a == b ||
           (backend_functions(a) != NULL && backend_functions(b) != NULL &&
            a->library != NULL && a->library == b->library);
}

const CK_FUNCTION_LIST_3_2 *
backend_functions(const struct backend *backend)
{
    return atomic_load_explicit(&backend->functions, memory_order_acquire);
}

CK_VERSION
backend_version(const struct backend *backend)
{
    static const CK_VERSION none = { 0, 0 };

    return backend_functions(backend) == NULL ? none : backend->version;
}

enum backend_state
backend_state(const struct backend *backend)
{
    return atomic_load_explicit(&backend->state, memory_order_acquire);
}

unsigned
backend_epoch(const struct backend *backend)
{
    return atomic_load_explicit(&backend->epoch, memory_order_acquire);
}

void
backend_get_status(struct backend *backend, struct backend_status *out)
{
    memset(out, 0, sizeof(*out));
    out->interface_version = backend_version(backend);
    if (backend_functions(backend) != NULL && backend->library != NULL)
        out->load_us = library_load_us(backend->library);
    mutex_lock(&backend->lock);
    out->state = atomic_load(&backend->state);
    out->start_us = backend->start_us;
    out->tries = backend->tries;
    if (out->state == BACKEND_UP)
        out->info = backend->info;
    else
        memcpy(out->why, backend->why, sizeof(out->why));
    if (out->state == BACKEND_DOWN)
        out->next_try_ms = deadline_remaining_ms(backend->next_try);
    mutex_unlock(&backend->lock);
}

void
backend_settle_profile(struct backend *backend, const CK_INFO *info,
                       bool serialise)
{
    struct profile *settled = &backend->profiles[1];
    char manufacturer[sizeof(info->manufacturerID) + 1];
    char description[sizeof(info->libraryDescription) + 1];

    if (serialise)
        backend_serialise(backend);
    if (settled->name != NULL)
        return;
    text_copy(info->manufacturerID, sizeof(info->manufacturerID), manufacturer);
    text_copy(info->libraryDescription, sizeof(info->libraryDescription),
              description);
    profile_resolve(backend->wanted_profile, backend->path, manufacturer,
                    description, &backend->settings, settled);
    profile_heed_version(info->libraryVersion, &backend->settings, settled);
    /* A module that refuses to lock is called by one thread at a time,
     * whatever was configured (R4.1). */
    if (serialise)
        settled->settings.serialise = SERIALISE_BACKEND;
    publish_profile(backend, settled);
}
