/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads use a toy token in each mode of its pool, with errors, waiting and
 * sessions that come and go, while another one shows the counters and reads
 * them as the tool does: no sum is ever more than what was done, none goes
 * back, and at rest each is exactly that.
 */
#include "tests/counters-fixture.h"
#include "tests/pool-fixture.h"

#include "router/counters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 8, SESSIONS = 40, SIGNATURES = 25, FAILS = 7 };

static _Atomic(uint64_t) n_begun;   /* calls of C_SignInit and C_Sign */
static _Atomic(uint64_t) n_done;    /* of these, those that are over */
static _Atomic(uint64_t) n_refused; /* that no member sees */
static _Atomic(bool) is_over;

static void
expect(bool holds, const char *what)
{
    if (!holds)
        fixture_fail("%s", what);
}

/* Each one with some that the token refuses, and one that is refused here. */
static void
use(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    struct toy_result result;
    CK_BYTE byte = 0;

    for (unsigned i = 0; i < SIGNATURES; i++) {
        CK_ULONG length = i % FAILS == 0 ? 1 : sizeof(result);
        CK_RV expected = i % FAILS == 0 ? CKR_BUFFER_TOO_SMALL : CKR_OK;

        atomic_fetch_add(&n_begun, 2);
        expect(router_sign_init(session, key) == CKR_OK, "no C_SignInit");
        expect(C_Sign(session, &byte, 1, (CK_BYTE *)&result, &length) ==
                   expected,
               "another answer of C_Sign");
        atomic_fetch_add(&n_done, 2);
        length = sizeof(result);
        if (expected != CKR_OK) {
            atomic_fetch_add(&n_begun, 1);
            expect(C_Sign(session, &byte, 1, (CK_BYTE *)&result, &length) ==
                       CKR_OK,
                   "the second C_Sign");
            atomic_fetch_add(&n_done, 1);
        }
    }
    atomic_fetch_add(&n_refused, 1);
    expect(C_VerifyFinal(session, &byte, 1) == CKR_OPERATION_NOT_INITIALIZED ||
               instance_get()->config->tokens[0].pool.mode != POOL_OPERATION,
           "C_VerifyFinal without C_VerifyInit");
}

static void *
work(void *number)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        CK_SESSION_HANDLE session = router_session(1);

        use(session, pool_find_key(session, *(const CK_ULONG *)number));
        expect(C_CloseSession(session) == CKR_OK, "no C_CloseSession");
    }
    return NULL;
}

/* -- Looking --------------------------------------------------------------- */

static void *
look(void *unused)
{
    uint64_t before = 0;

    while (!atomic_load(&is_over)) {
        uint64_t least = before;
        uint64_t now = counters_look_at_member()->calls[COUNTED_SIGN];

        expect(now >= least, "a sum goes back");
        expect(now <= atomic_load(&n_begun), "a sum is more than was done");
        before = now;
    }
    return unused;
}

static void
check(enum config_pool_mode mode)
{
    const struct total_token *token = counters_look_at_token();
    const struct counters_member *sums = &token->members[0].sums;
    uint64_t small = THREADS * SESSIONS * ((SIGNATURES + FAILS - 1) / FAILS);
    uint64_t refused = mode == POOL_OPERATION ? atomic_load(&n_refused) : 0;

    expect(sums->calls[COUNTED_SIGN] == atomic_load(&n_done),
           "another sum of signatures");
    expect(sums->calls[COUNTED_FIND] == THREADS * SESSIONS,
           "another sum of searches");
    expect(sums->errors[COUNTER_CLASS_USER] >= small, "another sum of errors");
    expect(token->counts[COUNTER_TOKEN_REFUSED] == refused,
           "another sum of calls that were refused");
    expect(token->counts[COUNTER_TOKEN_SESSIONS] == 1, "sessions are left");
}

static void
run(enum config_pool_mode mode)
{
    struct config_pool settings = pool_settings(mode == POOL_OPERATION ? 2 : 0);
    CK_ULONG numbers[THREADS];
    pthread_t threads[THREADS], looker;
    struct config *config;
    CK_SESSION_HANDLE keeper;

    settings.mode = mode;
    config = pool_config(&settings);
    pool_add_keys(THREADS);
    atomic_store(&n_begun, 0);
    atomic_store(&n_done, 0);
    atomic_store(&n_refused, 0);
    atomic_store(&is_over, false);
    router_start(config);
    keeper = router_session(1);
    if (pthread_create(&looker, NULL, look, NULL) != 0)
        fixture_fail("no thread");
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0)
            fixture_fail("no thread");
    }
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    atomic_store(&is_over, true);
    (void)pthread_join(looker, NULL);
    check(mode);
    expect(C_CloseSession(keeper) == CKR_OK, "no C_CloseSession");
    expect(C_Finalize(NULL) == CKR_OK, "no C_Finalize");
}

int
main(void)
{
    run(POOL_OPERATION);
    run(POOL_SESSION);
    run(POOL_NONE);
    (void)puts("every sum is what was done");
    return 0;
}
