/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules are started, ended and started again by several threads while the
 * process forks and its children start them too. The clock rests, so that no
 * turn passes before its time: no two modules may ever be inside their
 * C_Initialize or C_Finalize at once, neither here nor in a child.
 */
#include "tests/backend-fixture.h"
#include "tests/sanitized.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum { ROUNDS = 20, MODULES = 6, TIMES = 4, CHILDREN = 3 };

static struct config *config;
static struct backend_set *set;
static struct start_census census;

static void
count_in(struct backend_set *in, struct start_census *by)
{
    for (size_t i = 0; i < MODULES; i++)
        backend_script(backend_set_get(in, i))->census = by;
}

static void
check_census(const char *where)
{
    if (atomic_load(&census.n_inside) != 0 || atomic_load(&census.most) != 1)
        fixture_fail("%s: %u modules were inside at once, and %u still are",
                     where, atomic_load(&census.most),
                     atomic_load(&census.n_inside));
}

/* Until all are up. */
static void
retry(struct backend_set *in)
{
    size_t n_up = 0;

    while (n_up < MODULES) {
        backend_set_retry(in);
        (void)sched_yield();
        n_up = 0;
        for (size_t i = 0; i < MODULES; i++)
            if (backend_state(backend_set_get(in, i)) == BACKEND_UP)
                n_up++;
    }
}

/* Each thread ends others first. */
static void *
restart(void *first)
{
    size_t at = *(const size_t *)first;

    for (int i = 0; i < TIMES; i++) {
        for (size_t k = 0; k < MODULES; k++)
            (void)backend_end(backend_set_get(set, (at + k) % MODULES));
        retry(set);
    }
    return NULL;
}

/* What was inside at the fork has a new copy here, which counts itself too. */
static void
run_child(void)
{
    struct backend_set *own;

    backend_set_forget(set);
    census = (struct start_census){ 0 };
    own = backend_make(config);
    count_in(own, &census);
    if (!backend_set_start(own, NULL))
        fixture_fail("in a child the modules do not start");
    retry(own);
    backend_set_free(own, 60 * 1000, false);
    check_census("in a child");
}

static void
fork_children(void)
{
    for (int i = 0; i < CHILDREN && CHILDREN_MAY_ALLOCATE; i++)
        backend_in_child(run_child);
}

/* While they are in line to be started again. */
static void
end_set(void)
{
    struct start_script *scripts[MODULES];

    for (size_t i = 0; i < MODULES; i++) {
        scripts[i] = backend_script(backend_set_get(set, i));
        (void)backend_end(backend_set_get(set, i));
    }
    backend_set_retry(set);
    backend_set_free(set, 60 * 1000, false);
    for (size_t i = 0; i < MODULES; i++)
        if (scripts[i]->is_initialized)
            fixture_fail("module m%zu is still initialised", i);
}

static void
run_round(void)
{
    static const size_t firsts[] = { 0, MODULES / 2 };
    pthread_t starter;
    pthread_t threads[2];

    set = backend_make(config);
    count_in(set, &census);
    pthread_create(&starter, NULL, backend_start_set, set);
    fork_children();
    pthread_join(starter, NULL);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, restart,
                       (void *)(uintptr_t)&firsts[i]);
    fork_children();
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    end_set();
}

int
main(void)
{
    config = backend_config();
    for (int i = 0; i < MODULES; i++)
        backend_config_module(config, fixture_text("m%d", i),
                              fixture_copy(fixture_test_module("start"),
                                           fixture_text("m%d.so", i)));
    backend_clock_stop();
    for (int round = 0; round < ROUNDS; round++)
        run_round();
    check_census("in the end");
    printf("%d times %d modules came and went, one after the other\n", ROUNDS,
           MODULES);
    return 0;
}
