/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that use two tokens of one module while calls in it hang and come
 * back again and again: nobody else is held up, nothing is left behind. Also
 * under ThreadSanitizer.
 */
#include "router/watch.h"
#include "common/clock.h"
#include "tests/pool-fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum {
    N_THREADS = 8,
    N_ROUNDS = 60,
    CALL_TIMEOUT_MS = 20,
    MOST_NS = 10 * 1000 * 1000 /* that pass between two calls */
};

static _Atomic(bool) is_over;
static _Atomic(uint64_t) now_ns = 1;
static _Atomic(unsigned long) n_well, n_refused, n_wrong;

static bool
answer_random(enum function function, CK_SLOT_ID slot,
              struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_OK;
    return function == FUNCTION_C_GenerateRandom;
}

/* Whether a hang can make a call say that. */
static void
count(CK_RV rv)
{
    if (rv == CKR_OK)
        atomic_fetch_add(&n_well, 1);
    else if (rv == CKR_DEVICE_REMOVED || rv == CKR_FUNCTION_FAILED ||
             rv == CKR_TOKEN_NOT_PRESENT)
        atomic_fetch_add(&n_refused, 1);
    else if (atomic_fetch_add(&n_wrong, 1) == 0)
        fprintf(stderr, "a call answered 0x%lx\n", rv);
}

static void
use_session(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    struct toy_result result;
    CK_BYTE byte;
    CK_RV rv;

    for (int i = 0; i < 20; i++) {
        count(C_GenerateRandom(session, &byte, 1));
        rv = router_sign_init(session, key);
        count(rv);
        if (rv != CKR_OK)
            continue;
        /* One that was refused goes on once it is not. */
        while ((rv = router_sign(session, "text", &result)) ==
                   CKR_DEVICE_REMOVED ||
               rv == CKR_FUNCTION_FAILED)
            sched_yield();
        count(rv);
    }
}

static void *
use_token(void *argument)
{
    CK_OBJECT_HANDLE key = *(CK_OBJECT_HANDLE *)argument;

    while (!atomic_load(&is_over)) {
        CK_SESSION_HANDLE session;
        CK_RV rv = C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                 NULL, &session);

        count(rv);
        if (rv != CKR_OK) {
            sched_yield();
            continue;
        }
        use_session(session, key);
        count(C_CloseSession(session));
    }
    return NULL;
}

static uint64_t
read_clock(void)
{
    return atomic_load(&now_ns);
}

static uint64_t
read_real_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * 1000 * 1000 + (uint64_t)now.tv_nsec;
}

/* Nothing there hangs, so that nothing there may be refused. Time passes
 * between its calls, and never much: a busy machine may keep this thread
 * waiting inside of one for longer than a call may take. */
static void *
use_other(void *argument)
{
    CK_SESSION_HANDLE session = *(CK_SESSION_HANDLE *)argument;
    uint64_t before = read_real_clock();
    CK_BYTE byte;

    while (!atomic_load(&is_over)) {
        uint64_t now;

        if (C_GenerateRandom(session, &byte, 1) != CKR_OK)
            atomic_fetch_add(&n_wrong, 1);
        now = read_real_clock();
        atomic_fetch_add(&now_ns,
                         now - before < MOST_NS ? now - before : MOST_NS);
        before = now;
    }
    return NULL;
}

static void
hang_and_return(void)
{
    toy_hold(TOY_SLOT(0), FUNCTION_C_GenerateRandom);
    toy_wait_for_held();
    while (!watch_has_stuck())
        sched_yield();
    toy_release();
    while (watch_has_stuck())
        sched_yield();
}

static void
start(void)
{
    struct config *config = router_config();

    toy_show(1, "B");
    router_profile.settings.call_timeout_ms = CALL_TIMEOUT_MS;
    router_config_token(config, "one", "A", NULL);
    router_config_token(config, "two", "B", NULL);
    config->log_level = LOG_LEVEL_ERROR;
    for (size_t i = 0; i < 2; i++)
        config->tokens[i].pool = config_pool_default;
    config->tokens[0].pool.size = 4;
    pool_add_keys(1);
    toy_set_hook(answer_random);
    router_start(config);
}

int
main(void)
{
    pthread_t threads[N_THREADS], other;
    CK_SESSION_HANDLE elsewhere, mine;
    CK_OBJECT_HANDLE key;
    CK_BYTE byte;

    clock_set_source(read_clock);
    start();
    mine = router_session(1);
    elsewhere = router_session(2);
    key = pool_find_key(mine, 1);
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, use_token, &key);
    pthread_create(&other, NULL, use_other, &elsewhere);
    for (int i = 0; i < N_ROUNDS; i++)
        hang_and_return();
    atomic_store(&is_over, true);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(other, NULL);
    if (C_GenerateRandom(mine, &byte, 1) != CKR_OK ||
        C_CloseAllSessions(1) != CKR_OK || C_CloseAllSessions(2) != CKR_OK ||
        toy_count_sessions(0) + toy_count_sessions(1) != 0) {
        fprintf(stderr, "%zu sessions are left\n", toy_count_sessions(0));
        atomic_fetch_add(&n_wrong, 1);
    }
    (void)C_Finalize(NULL);
    printf("%d hangs: %lu calls went well, %lu were refused, %lu went wrong\n",
           N_ROUNDS, n_well, n_refused, n_wrong);
    return n_wrong == 0 && n_refused > 0 ? 0 : 1;
}
