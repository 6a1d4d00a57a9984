/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that is stopped and started while threads make certificates and
 * find them: they go on by themselves, and what they know to be kept is there.
 */
#include "tests/postgresql-fixture.h"
#include "tests/store-fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, RESTARTS = 3, BETWEEN = 40 };

static atomic_uint n_kept[THREADS];
static atomic_uint n_refused;
static atomic_bool is_over;

static unsigned
number_of(unsigned thread, unsigned round)
{
    return round * THREADS + thread;
}

static bool
is_outage(enum store_result result)
{
    return result == STORE_UNREACHABLE || result == STORE_LOCKED;
}

static void
add_patiently(unsigned number)
{
    struct certificate certificate;
    enum store_result result;
    uint64_t object;

    certificate_make(number, &certificate);
    while ((result = store_create(store, life, certificate.attributes,
                                  certificate.count, &object)) != STORE_DONE) {
        if (!is_outage(result))
            fixture_fail("certificate %u: result %d", number, (int)result);
        atomic_fetch_add(&n_refused, 1);
        (void)sched_yield();
    }
}

static void *
write_objects(void *argument)
{
    atomic_uint *kept = argument;
    unsigned thread = (unsigned)(kept - n_kept);

    while (!atomic_load(&is_over)) {
        add_patiently(number_of(thread, atomic_load(kept)));
        atomic_fetch_add(kept, 1);
    }
    return NULL;
}

/* Until each of them has made some more. */
static void
let_them_work(void)
{
    unsigned before[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        before[i] = atomic_load(&n_kept[i]);
    for (unsigned i = 0; i < THREADS; i++)
        while (atomic_load(&n_kept[i]) < before[i] + BETWEEN / THREADS)
            (void)sched_yield();
}

static void
restart(void)
{
    unsigned before = atomic_load(&n_refused);

    postgresql_stop();
    while (atomic_load(&n_refused) == before)
        (void)sched_yield();
    postgresql_start();
}

int
main(void)
{
    pthread_t threads[THREADS];

    store_setup();
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, write_objects, &n_kept[i]) != 0)
            fixture_fail("no thread");
    for (unsigned i = 0; i < RESTARTS; i++) {
        let_them_work();
        restart();
    }
    let_them_work();
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        for (unsigned k = 0; k < atomic_load(&n_kept[i]); k++)
            if (!certificate_is_there(number_of(i, k)))
                fixture_fail("certificate %u of thread %u is gone", k, i);
    store_finish();
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
