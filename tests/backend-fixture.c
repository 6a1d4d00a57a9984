/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets up what tests of backends/ stand on. */
#include "tests/backend-fixture.h"

#include "common/clock.h"
#include "common/file.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_MODULES = 8, MOST_VARIABLES = 4 };

static struct config config;
static struct config_module modules[MOST_MODULES];
static struct config_variable variables[MOST_MODULES][MOST_VARIABLES];
static struct backend_status status;

static _Atomic(uint64_t) clock_time;
static _Atomic(uint64_t) clock_step;

/* The structures have no const; they own nothing here, and nobody writes. */
static char *
lend(const char *text)
{
    return text == NULL ? NULL : strdup(fixture_text("%s", text));
}

struct config *
backend_config(void)
{
    config = (struct config){ .modules = modules,
                              .state_dir = lend(fixture_folder()),
                              .group_id = (gid_t)-1,
                              .start_timeout_ms = 60 * 1000,
                              .finalize_wait_ms = 2000,
                              .slot_refresh_ms = 1000 };
    return &config;
}

struct config_module *
backend_config_module(struct config *to, const char *name, const char *path)
{
    struct config_module *module = &modules[to->n_modules];

    if (to->n_modules == MOST_MODULES)
        fixture_fail("no room for module %s", name);
    *module = (struct config_module){ .name = lend(name), .path = lend(path) };
    module->env = variables[to->n_modules++];
    return module;
}

struct config_module *
backend_config_p11_kit(struct config *to)
{
    struct config_module *module = backend_config_module(to, "rest", NULL);

    module->p11_kit = true;
    return module;
}

void
backend_config_env(struct config_module *module, const char *name,
                   const char *value)
{
    if (module->n_env == MOST_VARIABLES)
        fixture_fail("no room for variable %s", name);
    module->env[module->n_env++] =
        (struct config_variable){ .name = lend(name), .value = lend(value) };
}

struct backend_set *
backend_make(const struct config *from)
{
    struct error error = { 0 };
    struct backend_set *set = NULL;

    if (!backend_set_new(from, true, &set, &error))
        fixture_fail("%s", error.text);
    return set;
}

void *
backend_start_set(void *set)
{
    struct error error = { 0 };

    if (!backend_set_start(set, &error))
        fixture_fail("%s", error.text);
    return set;
}

struct backend_set *
backend_make_and_start(const struct config *from)
{
    return backend_start_set(backend_make(from));
}

struct backend *
backend_find(const struct backend_set *set, const char *name)
{
    for (size_t i = 0; i < backend_set_count(set); i++)
        if (strcmp(backend_name(backend_set_get(set, i)), name) == 0)
            return backend_set_get(set, i);
    fixture_fail("there is no backend %s", name);
}

void *
backend_symbol(const struct backend *backend, const char *name)
{
    Dl_info info;
    void *library;
    void *symbol;

    if (backend_functions(backend) == NULL ||
        dladdr((void *)backend_functions(backend)->C_GetInfo, &info) == 0)
        fixture_fail("%s is not loaded", backend_name(backend));
    library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    symbol = library == NULL ? NULL : dlsym(library, name);
    if (symbol == NULL)
        fixture_fail("%s: %s", info.dli_fname, dlerror());
    return symbol;
}

struct start_script *
backend_script(const struct backend *backend)
{
    return backend_symbol(backend, "start_script");
}

const char *
backend_why(struct backend *backend)
{
    backend_get_status(backend, &status);
    return status.why;
}

const char *
backend_forge(const char *name, const void *old, const void *new, size_t length)
{
    char *bytes = NULL;
    size_t n_bytes = 0;
    struct error error = { 0 };
    char *found;

    if (!file_read(fixture_test_module("start"), 16 << 20, &bytes, &n_bytes,
                   &error))
        fixture_fail("%s", error.text);
    found = memmem(bytes, n_bytes, old, length);
    if (found == NULL)
        fixture_fail("the module start does not hold what %s needs", name);
    memcpy(found, new, length);
    if (!file_replace(fixture_path("%s", name), bytes, n_bytes, 0700, &error))
        fixture_fail("%s", error.text);
    free(bytes);
    return fixture_path("%s", name);
}

static uint64_t
read_clock(void)
{
    return atomic_fetch_add(&clock_time, clock_step) + clock_step;
}

/* From the real time on, so that nothing that was measured before is ahead. */
static void
clock_begin(uint64_t step)
{
    clock_set_source(NULL);
    clock_time = clock_now();
    clock_step = step;
    clock_set_source(read_clock);
}

void
backend_clock_stop(void)
{
    clock_begin(0);
}

void
backend_clock_tick(void)
{
    clock_begin(1000ULL * 1000 * 1000);
}

void
backend_clock_move(uint64_t milliseconds)
{
    clock_time += milliseconds * 1000 * 1000;
}

void
backend_in_child(void (*run)(void))
{
    pid_t child = fork();
    int result;

    if (child < 0)
        fixture_fail("no fork");
    if (child == 0) {
        run();
        _exit(0);
    }
    if (waitpid(child, &result, 0) != child || !WIFEXITED(result) ||
        WEXITSTATUS(result) != 0)
        fixture_fail("the child failed");
}
