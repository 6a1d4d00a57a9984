/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets of backends made, started, retried and freed while other threads look
 * at them and pass their gates. Each library must be finalised as often as it
 * was initialised.
 */
#include "common/log.h"
#include "tests/backend-fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { ROUNDS = 40, RETRIES = 5, READERS = 3, MODULES = 4 };

static struct backend_set *set;
static atomic_bool is_over;
static atomic_int inside; /* of the module that is serialised */

static void
look_at(struct backend *backend)
{
    struct backend_status status;

    backend_get_status(backend, &status);
    if (status.state == BACKEND_UP && backend_functions(backend) == NULL)
        fixture_fail("%s is up without functions", backend_name(backend));
    if (status.state == BACKEND_UP && backend_epoch(backend) == 0)
        fixture_fail("%s is up and was never started", backend_name(backend));
    if (backend_profile(backend)->settings.fork_mode == FORK_UNSET)
        fixture_fail("%s has half a profile", backend_name(backend));
    backend_enter(backend);
    if (backend_is_guarded(backend)) {
        if (atomic_fetch_add(&inside, 1) != 0)
            fixture_fail("two threads are inside %s", backend_name(backend));
        atomic_fetch_sub(&inside, 1);
    }
    backend_leave(backend);
}

static void *
read_all(void *unused)
{
    (void)unused;
    while (!atomic_load(&is_over)) {
        for (size_t i = 0; i < MODULES; i++)
            look_at(backend_set_get(set, i));
        /* Else those who change it wait for their turn most of the time. */
        (void)sched_yield();
    }
    return NULL;
}

static void *
retry(void *unused)
{
    (void)unused;
    for (int i = 0; i < RETRIES; i++) {
        backend_clock_move(70 * 1000);
        backend_set_retry(set);
    }
    return NULL;
}

static void
run_round(const struct config *config)
{
    pthread_t readers[READERS];
    pthread_t retriers[2];
    struct error error = { 0 };

    set = backend_make(config);
    for (size_t i = 0; i < MODULES; i++) {
        struct start_script *script = backend_script(backend_set_get(set, i));

        script->n_initialize = script->n_finalize = 0;
        script->n_answers = (unsigned)i;
        for (unsigned j = 0; j < i; j++)
            script->answers[j] = CKR_DEVICE_ERROR;
    }
    atomic_store(&is_over, false);
    for (int i = 0; i < READERS; i++)
        pthread_create(&readers[i], NULL, read_all, NULL);
    if (!backend_set_start(set, &error))
        fixture_fail("%s", error.text);
    for (int i = 0; i < 2; i++)
        pthread_create(&retriers[i], NULL, retry, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(retriers[i], NULL);
    atomic_store(&is_over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
}

static void
check_round(struct start_script *const *scripts)
{
    for (size_t i = 0; i < MODULES; i++)
        if (scripts[i]->is_initialized)
            fixture_fail("module %zu is still initialised", i);
}

int
main(void)
{
    struct config *config = backend_config();
    const char *path = fixture_test_module("start");
    const char *copy = fixture_copy(path, "copy.so");
    struct start_script *scripts[MODULES];

    /* Most starts fail, and each says so. */
    log_open(LOG_LEVEL_ERROR, fixture_text("file:%s", fixture_path("log")),
             NULL);
    backend_config_module(config, "one", path);
    backend_config_module(config, "shares", path);
    backend_config_module(config, "own", path)->own_instance = true;
    backend_config_module(config, "serial", copy)->settings.serialise =
        SERIALISE_BACKEND;
    backend_clock_stop();
    for (int round = 0; round < ROUNDS; round++) {
        run_round(config);
        for (size_t i = 0; i < MODULES; i++)
            scripts[i] = backend_script(backend_set_get(set, i));
        backend_set_free(set, 60 * 1000, false);
        check_round(scripts);
    }
    printf("%d sets came and went\n", ROUNDS);
    return 0;
}
