/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a group of mode "balance" does in a second, beside one of its members
 * alone, as a table in Markdown: on devices that take 2 ms for each signature
 * and make one at a time. Rounds of both by turns, the best of each.
 */
#include "tests/router-fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 3, MOST_THREADS = 16, N_MEMBERS = 2, PER_ROUND = 800 };

static const unsigned thread_counts[] = { 2, 4, 16 };
static const struct timespec duration = { .tv_nsec = 2 * 1000 * 1000 };

static pthread_mutex_t devices[N_MEMBERS] = { PTHREAD_MUTEX_INITIALIZER,
                                              PTHREAD_MUTEX_INITIALIZER };
static pthread_barrier_t line;
static CK_OBJECT_HANDLE key;
static _Atomic(long) n_left; /* signatures, for all threads */

static bool
take_time(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    pthread_mutex_t *device = &devices[slot == TOY_SLOT(0) ? 0 : 1];

    (void)arguments;
    (void)rv;
    if (function != FUNCTION_C_Sign)
        return false;
    pthread_mutex_lock(device);
    (void)nanosleep(&duration, NULL);
    pthread_mutex_unlock(device);
    return false;
}

static void
sign(CK_SESSION_HANDLE session)
{
    struct toy_result result;

    if (router_sign_init(session, key) != CKR_OK ||
        router_sign(session, "data", &result) != CKR_OK)
        fixture_fail("a signature failed");
}

static void *
run(void *unused)
{
    CK_SESSION_HANDLE session = router_session(1);

    (void)pthread_barrier_wait(&line);
    while (atomic_fetch_sub(&n_left, 1) > 0)
        sign(session);
    return unused;
}

static double
seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Signatures in a second. */
static double
measure(enum group_mode mode, unsigned n_threads)
{
    struct config *config = router_config();
    pthread_t threads[MOST_THREADS];
    double began;

    toy_show(1, "B");
    for (unsigned i = 0; i < N_MEMBERS; i++)
        toy_add_key(i, CKO_PRIVATE_KEY, 7);
    router_config_token(config, "group", "A", mode == GROUP_SINGLE ? NULL : "B",
                        NULL);
    config->tokens[0].mode = mode;
    config->tokens[0].pool.mode = POOL_OPERATION;
    router_start(config);
    key = router_find_key(router_session(1), CKO_PRIVATE_KEY, 7);
    toy_set_hook(take_time);
    atomic_store(&n_left, PER_ROUND);
    (void)pthread_barrier_init(&line, NULL, n_threads + 1);
    for (unsigned i = 0; i < n_threads; i++)
        if (pthread_create(&threads[i], NULL, run, NULL) != 0)
            fixture_fail("no thread");
    (void)pthread_barrier_wait(&line);
    began = seconds();
    for (unsigned i = 0; i < n_threads; i++)
        (void)pthread_join(threads[i], NULL);
    began = seconds() - began;
    (void)pthread_barrier_destroy(&line);
    (void)C_Finalize(NULL);
    return PER_ROUND / began;
}

int
main(void)
{
    printf("| token | threads | one member | balance over two | times |\n"
           "|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(thread_counts) / sizeof(thread_counts[0]);
         i++) {
        double best[2] = { 0, 0 };

        for (unsigned round = 0; round < ROUNDS; round++)
            for (unsigned k = 0; k < 2; k++) {
                double rate = measure(k == 0 ? GROUP_SINGLE : GROUP_BALANCE,
                                      thread_counts[i]);

                best[k] = rate > best[k] ? rate : best[k];
            }
        printf("| 2 ms for each signature | %u | %.0f/s | %.0f/s | %.2f |\n",
               thread_counts[i], best[0], best[1], best[1] / best[0]);
        (void)fflush(stdout);
    }
    return 0;
}
