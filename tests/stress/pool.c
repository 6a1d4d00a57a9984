/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ten thousand virtual sessions in sixty-four threads over very few backend
 * sessions of a toy token: nobody is refused, nobody starves, and what a
 * thread is given was made with its own key from its own data. A plain
 * program, since it also runs under ThreadSanitizer; --long takes more turns.
 */
#include "tests/pool-fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    N_THREADS = 64,
    N_SESSIONS = 10000,
    MOST_OF_ONE = N_SESSIONS / N_THREADS + 1,
    TURNS = 200,
    LONG_TURNS = 2000,
    MOST_SECONDS = 280,
    LONG_SECONDS = 3000,
    MOST_DELAY_NS = 100 * 1000,
    /* One that waits for more than this share of all turns starves. Of those
     * before it in the queue there are no more than N_THREADS, but while the
     * thread that has the pool's lock has no processor, others that find one
     * idle pass by. (That it goes in order of arrival is test-pool-queue's.) */
    STARVING_SHARE = 2
};

struct runner {
    CK_ULONG number; /* of its key */
    CK_OBJECT_HANDLE key;
    CK_SESSION_HANDLE sessions[MOST_OF_ONE];
    unsigned n_sessions;
    unsigned n_turns;
    unsigned n_measured;
    unsigned longest; /* others' turns while it waited */
    int schedule;     /* /proc/thread-self/schedstat */
    pthread_t thread;
};

static const struct crowding {
    const char *name;
    size_t size;
    CK_ULONG most; /* that the token opens */
    bool is_hidden;
    size_t allowed; /* at any time */
} crowdings[] = {
    { "a pool of two", 2, 0, false, 3 },
    { "a pool of one", 1, 0, false, 2 },
    { "a token of one session", 0, 1, false, 1 },
    { "a token of three that does not say so", 0, 3, true, 3 },
};

static struct runner runners[N_THREADS];
static _Atomic(unsigned) n_done;
static pthread_barrier_t line;
static unsigned turns = TURNS;

static void
expect(const char *what, CK_RV rv, CK_RV expected)
{
    if (rv != expected)
        fixture_fail("%s: 0x%lx", what, rv);
}

/* -- Turns ------------------------------------------------------------------
 */

/* Nanoseconds for which this thread could have run and had no processor: as
 * the kernel counts them. */
static unsigned long long
read_delay(const struct runner *runner)
{
    char text[64];
    unsigned long long ran, delay;
    ssize_t length = pread(runner->schedule, text, sizeof(text) - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text, "%llu %llu", &ran, &delay) != 2)
        fixture_fail("the kernel does not say how threads are scheduled");
    return delay;
}

/* Others' turns until the backend session was ours. While a thread has no
 * processor it stands still where there is no queue yet, and others pass: that
 * is not counted. */
static void
begin(struct runner *runner, CK_SESSION_HANDLE session)
{
    unsigned long long delay = read_delay(runner);
    unsigned before = atomic_load(&n_done), waited;

    expect("C_SignInit", router_sign_init(session, runner->key), CKR_OK);
    waited = atomic_load(&n_done) - before;
    if (read_delay(runner) - delay > MOST_DELAY_NS)
        return;
    runner->n_measured++;
    if (waited > runner->longest)
        runner->longest = waited;
}

static void
check(const struct runner *runner, const struct toy_result *result,
      const void *data, size_t length)
{
    if (!pool_is_result(result, runner->number, data, length))
        fixture_fail("key %lu was asked, key %lu answered, %s data",
                     runner->number, result->number,
                     result->number == runner->number ? "for other"
                                                      : "for its");
}

static void
sign_at_once(struct runner *runner, CK_SESSION_HANDLE session, CK_BYTE *data,
             CK_ULONG length)
{
    struct toy_result result = { 0 };
    CK_ULONG room = sizeof(result);

    begin(runner, session);
    expect("C_Sign", C_Sign(session, data, length, (CK_BYTE *)&result, &room),
           CKR_OK);
    check(runner, &result, data, length);
}

static void
sign_in_parts(struct runner *runner, CK_SESSION_HANDLE session, CK_BYTE *data,
              CK_ULONG length)
{
    struct toy_result result = { 0 };
    CK_ULONG room = sizeof(result);

    begin(runner, session);
    for (CK_ULONG at = 0; at < length; at += 8)
        expect("C_SignUpdate",
               C_SignUpdate(session, data + at,
                            length - at < 8 ? length - at : 8),
               CKR_OK);
    expect("C_SignFinal", C_SignFinal(session, (CK_BYTE *)&result, &room),
           CKR_OK);
    check(runner, &result, data, length);
}

/* With the room asked for first, and other calls in between: they are made on
 * the same backend session, or one would wait for oneself. */
static void
sign_with_questions(struct runner *runner, CK_SESSION_HANDLE session,
                    CK_BYTE *data, CK_ULONG length)
{
    struct toy_result result = { 0 };
    CK_BYTE id[2], byte;
    CK_ATTRIBUTE wanted = { CKA_ID, id, sizeof(id) };
    CK_ULONG room = 0;

    begin(runner, session);
    expect("C_Sign for its length", C_Sign(session, data, length, NULL, &room),
           CKR_OK);
    expect("C_GetAttributeValue",
           C_GetAttributeValue(session, runner->key, &wanted, 1), CKR_OK);
    expect("C_GenerateRandom", C_GenerateRandom(session, &byte, 1), CKR_OK);
    room = 1;
    expect("C_Sign without room",
           C_Sign(session, data, length, (CK_BYTE *)&result, &room),
           CKR_BUFFER_TOO_SMALL);
    expect("C_Sign", C_Sign(session, data, length, (CK_BYTE *)&result, &room),
           CKR_OK);
    check(runner, &result, data, length);
    if (id[1] != (CK_BYTE)runner->number)
        fixture_fail("key %lu has the number %d", runner->number, id[1]);
}

/* A signature that is good, and one that is not. */
static void
sign_and_verify(struct runner *runner, CK_SESSION_HANDLE session, CK_BYTE *data,
                CK_ULONG length)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    struct toy_result result = { 0 };
    CK_ULONG room = sizeof(result);

    begin(runner, session);
    expect("C_Sign", C_Sign(session, data, length, (CK_BYTE *)&result, &room),
           CKR_OK);
    for (CK_RV verdict = CKR_OK;; verdict = CKR_SIGNATURE_INVALID) {
        expect("C_VerifyInit", C_VerifyInit(session, &mechanism, runner->key),
               CKR_OK);
        expect("C_Verify",
               C_Verify(session, data, length, (CK_BYTE *)&result,
                        sizeof(result)),
               verdict);
        if (verdict != CKR_OK)
            return;
        result.data++;
    }
}

/* Begun and not ended: what is left in the backend session hurts nobody. */
static void
begin_and_cancel(struct runner *runner, CK_SESSION_HANDLE session,
                 CK_BYTE *data, CK_ULONG length)
{
    begin(runner, session);
    expect("C_SignUpdate", C_SignUpdate(session, data, length), CKR_OK);
    expect("C_SessionCancel", C_SessionCancel(session, CKF_SIGN), CKR_OK);
    expect("C_SignUpdate after it", C_SignUpdate(session, data, length),
           CKR_OPERATION_NOT_INITIALIZED);
}

static void (*const ways[])(struct runner *, CK_SESSION_HANDLE, CK_BYTE *,
                            CK_ULONG) = {
    sign_at_once,    sign_in_parts,    sign_with_questions,
    sign_and_verify, begin_and_cancel,
};
enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

static void *
run(void *argument)
{
    struct runner *runner = argument;
    unsigned seed = (unsigned)runner->number * 7919;

    runner->schedule = open("/proc/thread-self/schedstat", O_RDONLY);
    for (unsigned i = 0; i < runner->n_sessions; i++)
        runner->sessions[i] = pool_session(i % 3 == 0 ? 0 : CKF_RW_SESSION);
    runner->key = pool_find_key(runner->sessions[0], runner->number);
    (void)pthread_barrier_wait(&line);
    for (; runner->n_turns < turns; runner->n_turns++) {
        unsigned data[] = { (unsigned)runner->number, runner->n_turns, seed,
                            ~seed, ~runner->n_turns };

        seed = seed * 1103515245 + 12345;
        ways[(seed >> 16) %
             N_WAYS](runner, runner->sessions[(seed >> 8) % runner->n_sessions],
                     (CK_BYTE *)data, sizeof(data) - (seed >> 24) % 8);
        atomic_fetch_add(&n_done, 1);
    }
    (void)pthread_barrier_wait(&line);
    (void)close(runner->schedule);
    for (unsigned i = 0; i < runner->n_sessions; i++)
        expect("C_CloseSession", C_CloseSession(runner->sessions[i]), CKR_OK);
    return NULL;
}

/* -- Crowds -----------------------------------------------------------------
 */

static void
start(const struct crowding *crowding)
{
    struct config_pool settings = pool_settings(crowding->size);
    struct config *config;

    settings.wait_ms = (uint64_t)LONG_SECONDS * 1000;
    config = pool_config(&settings);
    toys[0].most_sessions = crowding->most;
    toys[0].hides_limits = crowding->is_hidden;
    pool_add_keys(N_THREADS);
    router_start(config);
    n_done = 0;
}

static void
report(const struct crowding *crowding)
{
    unsigned longest = 0, n_measured = 0;

    for (size_t i = 0; i < N_THREADS; i++) {
        n_measured += runners[i].n_measured;
        if (runners[i].longest > longest)
            longest = runners[i].longest;
    }
    printf("%s: %u turns, at most %lu open, waited for at most %u of others' "
           "(%u measured)\n",
           crowding->name, atomic_load(&n_done), toys[0].most_open, longest,
           n_measured);
    (void)fflush(stdout);
    if (toys[0].most_open > crowding->allowed)
        fixture_fail("%s: more sessions were open than may be", crowding->name);
    if (n_measured < turns)
        fixture_fail("%s: no wait could be measured", crowding->name);
    if (longest > atomic_load(&n_done) / STARVING_SHARE)
        fixture_fail("%s: somebody waited while others had %u turns",
                     crowding->name, longest);
}

static void
run_crowd(const struct crowding *crowding)
{
    start(crowding);
    (void)pthread_barrier_init(&line, NULL, N_THREADS);
    for (size_t i = 0; i < N_THREADS; i++) {
        runners[i] = (struct runner){ .number = i + 1 };
        runners[i].n_sessions = (N_SESSIONS + (unsigned)i) / N_THREADS;
        if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
            fixture_fail("no thread");
    }
    for (size_t i = 0; i < N_THREADS; i++)
        (void)pthread_join(runners[i].thread, NULL);
    (void)pthread_barrier_destroy(&line);
    report(crowding);
    if (toy_active(0) != 0)
        fixture_fail("an operation is still active");
    pool_finish();
}

int
main(int argc, char **argv)
{
    bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;

    /* Who is not woken waits for ever. */
    alarm(is_long ? LONG_SECONDS : MOST_SECONDS);
    if (is_long)
        turns = LONG_TURNS;
    for (size_t i = 0; i < sizeof(crowdings) / sizeof(crowdings[0]); i++)
        run_crowd(&crowdings[i]);
    return 0;
}
