/* SPDX-License-Identifier: BSD-3-Clause */
/* All backends of one C_Initialize: made, kept, and brought down. */
#include "backends/set.h"

#include "backends/environment.h"
#include "backends/launch.h"
#include "backends/start.h"
#include "common/log.h"

#include <stdlib.h>

/* What must never be freed, kept where a leak checker finds it. */
struct leak {
    struct leak *next;
    const void *what;
};

static _Atomic(struct leak *) leaks;

static void
leak(const void *what)
{
    struct leak *entry = malloc(sizeof(*entry));

    if (entry == NULL)
        return;
    entry->what = what;
    entry->next = atomic_load(&leaks);
    while (!atomic_compare_exchange_weak(&leaks, &entry->next, entry))
        continue;
}

bool
set_fail(const struct backend_set *set, const struct backend *backend,
         const char *why, struct error *error)
{
    const struct config_module *module = backend->module;

    if (set->config->file == NULL || module->line == 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "module \"%s\" is critical, and is down: %s",
                         backend->name, why);
    return error_set(error, CKR_GENERAL_ERROR,
                     "%s:%u: module \"%s\" is critical, and is down: %s",
                     set->config->file, module->line, backend->name, why);
}

bool
backend_set_add(struct backend_set *set, struct backend *backend)
{
    struct backend **backends =
        realloc(set->backends, (set->count + 1) * sizeof(struct backend *));

    if (backends == NULL) {
        backend_free(backend);
        return false;
    }
    set->backends = backends;
    backends[set->count++] = backend;
    return true;
}

/*
 * p11-kit's list may hold p11mux under another path, and p11-kit's proxy:
 * nobody asked for those.
 */
static bool
is_unwanted(const struct roster_entry *entry, const struct error *error)
{
    return entry->is_registered && error->rv == CKR_FUNCTION_REJECTED;
}

static bool
add_entry(struct backend_set *set, const struct roster_entry *entry,
          struct error *error)
{
    struct backend *backend =
        backend_new(set->config, entry, set->may_create_threads);
    struct error why = { 0 };

    if (backend == NULL || !backend_set_add(set, backend))
        return error_set(error, CKR_HOST_MEMORY, "module \"%s\": out of memory",
                         entry->name);
    /* For libraries that read it while they are loaded. */
    if (backend->is_contested && !environment_set(entry->module, error))
        return false;
    if (entry->never != NULL)
        log_write(LOG_LEVEL_INFO, "module \"%s\" is not used: %s",
                  backend->name, entry->never);
    else if (launch_load(backend, &why))
        return true;
    if (why.rv == CKR_HOST_MEMORY)
        return error_set(error, why.rv, "%s", why.text);
    if (is_unwanted(entry, &why)) {
        set->count--;
        backend_free(backend);
        return true;
    }
    if (backend->is_critical)
        return set_fail(set, backend, backend->why, error);
    return true;
}

static bool
add_all(struct backend_set *set, struct error *error)
{
    struct roster roster;
    bool done = true;

    if (!roster_read(set->config, &roster, error))
        return false;
    for (size_t i = 0; i < roster.n_entries && done; i++)
        done = add_entry(set, &roster.entries[i], error);
    roster_free(&roster);
    return done;
}

bool
backend_set_new(const struct config *config, bool may_create_threads,
                struct backend_set **out, struct error *error)
{
    struct backend_set *set = calloc(1, sizeof(*set));
    struct start_turn turn = { 0 };
    bool done;

    if (set == NULL)
        return error_set(error, CKR_HOST_MEMORY, "modules: out of memory");
    set->config = config;
    set->may_create_threads = may_create_threads;
    library_check_fork();
    /* One that somebody left in its C_Initialize may be there still. */
    start_turn_take(&turn, NULL);
    done = environment_set_all(config, error) && add_all(set, error);
    start_turn_give(&turn);
    if (!done) {
        backend_set_free(set, 0, false);
        return false;
    }
    *out = set;
    return true;
}

void
backend_set_forbid_threads(struct backend_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        atomic_store(&set->backends[i]->may_create_threads, false);
}

/* The parent's set is complete, and changes no more, once it serves. */
bool
backend_set_follow(struct backend_set *set, const struct backend_set *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        const struct backend *theirs = parent->backends[i];
        struct backend *backend;

        if (theirs->module != NULL)
            continue;
        backend = backend_new_list(theirs->name, backend_functions(theirs),
                                   backend_profile(theirs));
        if (backend == NULL || !backend_set_add(set, backend))
            return false;
    }
    return true;
}

size_t
backend_set_count(const struct backend_set *set)
{
    return set->count;
}

struct backend *
backend_set_get(const struct backend_set *set, size_t index)
{
    return set->backends[index];
}

/* Brings one down and frees it; what still hangs is leaked. */
static void
remove_backend(struct backend *backend, struct deadline until)
{
    struct library *library;

    if (!launch_stop(backend, until)) {
        log_write(LOG_LEVEL_WARNING,
                  "module \"%s\" is still inside its C_Initialize; its memory "
                  "and its thread are left to it",
                  backend->name);
        leak(backend);
        return;
    }
    library = backend->library;
    if (library != NULL) {
        if (backend_state(backend) == BACKEND_UP)
            start_end(library, &backend->completed, backend->name,
                      backend->generation);
        library_close(library,
                      backend_profile(backend)->settings.dlclose == ANSWER_YES);
    }
    backend_free(backend);
}

void
backend_set_free(struct backend_set *set, uint64_t wait_ms, bool leak_all)
{
    struct deadline until = deadline_in(wait_ms);

    if (set == NULL)
        return;
    /* None begins any more while others are waited for. */
    for (size_t i = 0; i < set->count; i++)
        atomic_store(&set->backends[i]->given_up, true);
    if (leak_all) {
        for (size_t i = 0; i < set->count; i++)
            launch_stop(set->backends[i], deadline_now());
        leak(set);
        return;
    }
    for (size_t i = set->count; i > 0; i--)
        remove_backend(set->backends[i - 1], until);
    free(set->backends);
    free(set);
}

void
backend_set_forget(struct backend_set *set)
{
    library_check_fork();
    if (set != NULL)
        leak(set);
}

void
backend_fork_child(void)
{
    library_fork_child();
}

bool
backend_is_inside_start(void)
{
    return start_is_inside();
}
