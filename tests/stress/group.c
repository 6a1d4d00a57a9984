/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that sign and verify on a group of two members, which die and come
 * back in turn, each time in another way, and refuse to sign and verify with
 * codes that mean anything: no call fails while one of them lives, no signature
 * is wrong, and no handle is lost. One more thread offers a wrong PIN all the
 * while, and each time at most one member counts it. Also under
 * ThreadSanitizer.
 */
#include "router/control.h"
#include "router/mender.h"
#include "tests/paused.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { N_THREADS = 16, N_ROUNDS = 12, N_MEMBERS = 2 };

/* Each is of a module of its own. */
static const unsigned places[N_MEMBERS] = { 0, TOY_SECOND };

/* What a member says to everything while it is dead; CKR_OK: it lives. */
static _Atomic(CK_RV) answers[N_MEMBERS];

/* What the first one says to who signs or verifies, while it is well. */
static _Atomic(CK_RV) refusal;

/* How often a wrong PIN was offered, and the members have counted one. */
static unsigned long n_offered, n_counted;
static _Atomic(bool) is_over;
static _Atomic(unsigned long) n_wrong;
static _Atomic(unsigned long) n_done[N_THREADS];
static CK_OBJECT_HANDLE key;
static struct config_pool settings;

/* Time goes by, and the test hurries it. */
static _Atomic(uint64_t) hurried;

static uint64_t
read_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
           atomic_load(&hurried);
}

static void
hurry(uint64_t milliseconds)
{
    atomic_fetch_add(&hurried, milliseconds * 1000 * 1000);
}

static bool
is_refused(enum function function)
{
    return function == FUNCTION_C_SignInit || function == FUNCTION_C_Sign ||
           function == FUNCTION_C_VerifyInit || function == FUNCTION_C_Verify;
}

static bool
answer(enum function function, CK_SLOT_ID slot, struct argument *arguments,
       CK_RV *rv)
{
    (void)arguments;
    *rv = CKR_OK;
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (slot == TOY_SLOT(places[i]))
            *rv = atomic_load(&answers[i]);
    if (*rv != CKR_OK)
        return true;
    if (slot == TOY_SLOT(places[0]) && is_refused(function))
        *rv = atomic_load(&refusal);
    return *rv != CKR_OK || function == FUNCTION_C_GenerateRandom;
}

/* -- The application -------------------------------------------------------
 */

static void
expect(CK_RV rv, const char *what)
{
    if (rv != CKR_OK && atomic_fetch_add(&n_wrong, 1) == 0)
        fprintf(stderr, "%s: 0x%lx\n", what, rv);
}

static void
sign_and_verify(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    struct toy_result result = { .number = 0 };
    CK_BYTE data[] = "text";

    expect(router_sign_init(session, key), "C_SignInit");
    expect(router_sign(session, "text", &result), "C_Sign");
    if (!pool_is_result(&result, 7, "text", 4) &&
        atomic_fetch_add(&n_wrong, 1) == 0)
        fprintf(stderr, "a signature is wrong\n");
    expect(C_VerifyInit(session, &mechanism, key), "C_VerifyInit");
    expect(C_Verify(session, data, 4, (CK_BYTE *)&result, sizeof(result)),
           "C_Verify");
}

static void *
use_group(void *argument)
{
    _Atomic(unsigned long) *done = argument;

    while (!atomic_load(&is_over)) {
        CK_SESSION_HANDLE session;
        CK_RV rv = C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                 NULL, &session);

        expect(rv, "C_OpenSession");
        for (int i = 0; rv == CKR_OK && i < 8; i++) {
            sign_and_verify(session);
            atomic_fetch_add(done, 1);
        }
        expect(C_CloseSession(session), "C_CloseSession");
    }
    return NULL;
}

/* Nobody is logged in, so that a member is asked. */
static void *
offer_wrong_pin(void *unused)
{
    CK_UTF8CHAR pin[] = "4321";
    CK_SESSION_HANDLE session = router_session(1);

    while (!atomic_load(&is_over)) {
        n_offered++;
        if (C_Login(session, CKU_USER, pin, sizeof(pin) - 1) == CKR_OK &&
            atomic_fetch_add(&n_wrong, 1) == 0)
            fprintf(stderr, "a wrong PIN is right\n");
        sched_yield();
    }
    expect(C_CloseSession(session), "C_CloseSession");
    return unused;
}

/* Until no call is left that began before: more than one member may die in one
 * call otherwise (R7.6). */
static void
wait_for_all(void)
{
    unsigned long before[N_THREADS];

    for (int i = 0; i < N_THREADS; i++)
        before[i] = atomic_load(&n_done[i]);
    for (int i = 0; i < N_THREADS; i++)
        while (atomic_load(&n_done[i]) < before[i] + 2)
            sched_yield();
}

/* -- Death and return ------------------------------------------------------
 */

static void
wait_until(const struct member *member, bool is_usable)
{
    while (member_is_usable(member) != is_usable) {
        uint64_t ignored = UINT64_MAX;

        sched_yield();
        if (!is_usable || atomic_load(&member->health.state) != MEMBER_DOWN)
            continue;
        if (!member_is_due(member, &ignored))
            hurry(member_longest_wait_ms);
        mender_wake();
    }
}

/* It is well all the while, or its session is not. */
static void
refuse_for_a_while(void)
{
    static const CK_RV refusals[] = {
        CKR_DEVICE_ERROR,
        CKR_GENERAL_ERROR,
        CKR_FUNCTION_FAILED,
        CKR_HOST_MEMORY,
        CKR_DEVICE_MEMORY,
        CKR_EXCEEDED_MAX_ITERATIONS,
        CKR_VENDOR_DEFINED + 5,
        CKR_SESSION_CLOSED,
        CKR_SESSION_HANDLE_INVALID,
        CKR_SESSION_COUNT,
        CKR_TOKEN_RESOURCE_EXCEEDED,
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        atomic_store(&refusal, refusals[i]);
        wait_for_all();
    }
    atomic_store(&refusal, CKR_OK);
    wait_for_all();
}

/* Its device is taken away while nothing is there. */
static void
drain_and_return(unsigned index)
{
    uint64_t number = paused_command_member(CONTROL_DRAIN, index);
    size_t running;

    do {
        sched_yield();
        control_look_now();
        (void)paused_note(number, &running);
    } while (running > 0);
    atomic_store(&answers[index], CKR_DEVICE_REMOVED);
    /* What it had open in an earlier life is lost, and not closed. */
    if (pool_count(router_token(1)->members[index].pool) > 0 &&
        atomic_fetch_add(&n_wrong, 1) == 0)
        fprintf(stderr, "a drained member has sessions\n");
    wait_for_all();
    atomic_store(&answers[index], CKR_OK);
    (void)paused_command_member(CONTROL_ADMIT, index);
    wait_until(&router_token(1)->members[index], true);
    wait_for_all();
}

static void
kill_and_return(unsigned round)
{
    bool is_asked =
        round % N_MEMBERS == 0 || router_token(1)->mode == GROUP_BALANCE;
    static const CK_RV deaths[] = {
        CKR_DEVICE_REMOVED,        CKR_GENERAL_ERROR,
        CKR_TOKEN_NOT_PRESENT,     CKR_DEVICE_ERROR,
        CKR_TOKEN_NOT_RECOGNIZED,  CKR_FUNCTION_FAILED,
        CKR_TOKEN_NOT_INITIALIZED, CKR_HOST_MEMORY,
        CKR_FIPS_SELF_TEST_FAILED, CKR_EXCEEDED_MAX_ITERATIONS,
        CKR_VENDOR_DEFINED + 5,
    };
    static unsigned n_deaths;
    unsigned index = round % N_MEMBERS;
    struct member *member = &router_token(1)->members[index];

    hurry(200); /* what a probe found is forgotten */
    if (round % 6 >= 4) {
        drain_and_return(index);
        return;
    }
    if (round % 4 == 3) {
        /* Only its sessions. */
        toy_sessions_end(places[index]);
        wait_for_all();
        return;
    }
    atomic_store(&answers[index],
                 deaths[n_deaths++ % (sizeof(deaths) / sizeof(deaths[0]))]);
    toy_sessions_end(places[index]);
    /* In mode "failover" the second one is asked for nothing while the first
     * one is well. */
    if (is_asked)
        wait_until(member, false);
    wait_for_all();
    atomic_store(&answers[index], CKR_OK);
    wait_until(member, true);
    wait_for_all();
}

/* -- Modes -----------------------------------------------------------------
 */

static void
start(enum group_mode group, enum config_pool_mode mode)
{
    struct config *config = router_config();

    toy_show(TOY_SECOND, "B");
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(TOY_SECOND, CKO_PRIVATE_KEY, 8);
    toy_add_key(TOY_SECOND, CKO_PRIVATE_KEY, 7);
    router_config_token(config, "two", "A", "B", NULL);
    config->log_level = LOG_LEVEL_ERROR;
    config->tokens[0].mode = group;
    settings = config_pool_default;
    settings.mode = mode;
    config->tokens[0].pool = settings;
    config->tokens[0].call_budget_ms = NO_TIME;
    router_profile.settings.call_timeout_ms = NO_TIME;
    toys[0].pin = toys[TOY_SECOND].pin = "1234";
    toy_set_hook(answer);
    router_start(config);
}

static void
run(enum group_mode group, enum config_pool_mode mode)
{
    pthread_t threads[N_THREADS], stranger;
    CK_SESSION_HANDLE mine;

    start(group, mode);
    atomic_store(&is_over, false);
    mine = router_session(1);
    key = pool_find_key(mine, 7);
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, use_group, &n_done[i]);
    pthread_create(&stranger, NULL, offer_wrong_pin, NULL);
    for (unsigned i = 0; i < N_ROUNDS; i++)
        kill_and_return(i);
    if (mode == POOL_OPERATION)
        refuse_for_a_while();
    atomic_store(&is_over, true);
    pthread_join(stranger, NULL);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    sign_and_verify(mine);
    for (size_t i = 0; i < N_MEMBERS; i++)
        n_counted += toys[places[i]].n_wrong_pins;
    expect(C_Finalize(NULL), "C_Finalize");
}

int
main(void)
{
    clock_set_source(read_clock);
    run(GROUP_FAILOVER, POOL_OPERATION);
    run(GROUP_FAILOVER, POOL_SESSION);
    run(GROUP_FAILOVER, POOL_NONE);
    run(GROUP_BALANCE, POOL_OPERATION);
    if (n_counted > n_offered || n_counted == 0) {
        fprintf(stderr, "a wrong PIN was offered %lu times, and counted %lu\n",
                n_offered, n_counted);
        return 1;
    }
    if (atomic_load(&n_wrong) > 0) {
        fprintf(stderr, "%lu calls went wrong\n", atomic_load(&n_wrong));
        return 1;
    }
    return 0;
}
