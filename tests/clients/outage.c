/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads sign on a token of p11mux, each in a session of its own with one key
 * that was found once, while its device goes and comes back, once for each OFF
 * and ON: outage P11MUX LABEL PIN KEY OFF ON [OFF ON]... [THEN], where all but
 * the first four are commands, THEN for when all threads work again with the
 * handles that they have. How long that took is printed.
 *
 * outage --unnoticed P11MUX ...: of a group, where each OFF takes one member
 * away: nothing may fail, each signature is verified, and how long both took at
 * most is printed.
 */
#include "tests/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_THREADS = 16, SOME = 64, PATIENCE_SECONDS = 60 };

static const CK_FUNCTION_LIST *list;
static struct fixture_pair pair;
static _Atomic(bool) is_over;
static bool is_unnoticed;

/* Between two looks: the processor is for those that sign. */
static const struct timespec moment = { .tv_nsec = 1000 * 1000 };

static struct worker {
    CK_SESSION_HANDLE session;
    _Atomic(unsigned long) n_well, n_failed;
    double longest; /* seconds */
    pthread_t thread;
} workers[N_THREADS];

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static CK_RV
sign(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE hash[32] = { 1 }, signature[256];
    CK_ULONG length = sizeof(signature);
    CK_RV rv = list->C_SignInit(session, &mechanism, pair.private_key);

    if (rv == CKR_OK)
        rv = list->C_Sign(session, hash, sizeof(hash), signature, &length);
    if (rv != CKR_OK || !is_unnoticed)
        return rv;
    /* Maybe by another member than the one that signed. */
    rv = list->C_VerifyInit(session, &mechanism, pair.public_key);
    return rv == CKR_OK
               ? list->C_Verify(session, hash, sizeof(hash), signature, length)
               : rv;
}

static CK_RV
sign_in_time(struct worker *worker)
{
    double begun = now(), took;
    CK_RV rv = sign(worker->session);

    took = now() - begun;
    worker->longest = took > worker->longest ? took : worker->longest;
    return rv;
}

static void *
work(void *argument)
{
    static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
    struct worker *worker = argument;

    while (!atomic_load(&is_over)) {
        CK_RV rv = sign_in_time(worker);

        if (rv == CKR_OK) {
            atomic_fetch_add(&worker->n_well, 1);
        } else {
            if (is_unnoticed)
                fixture_fail("an operation fails with 0x%lx", rv);
            atomic_fetch_add(&worker->n_failed, 1);
            /* As a program does that is refused and tries again. */
            (void)nanosleep(&pause, NULL);
        }
    }
    return NULL;
}

static unsigned long
count_well(void)
{
    unsigned long n = 0;

    for (int i = 0; i < N_THREADS; i++)
        n += atomic_load(&workers[i].n_well);
    return n;
}

static unsigned long
count_failed(void)
{
    unsigned long n = 0;

    for (int i = 0; i < N_THREADS; i++)
        n += atomic_load(&workers[i].n_failed);
    return n;
}

static void
wait_until(unsigned long (*count)(void), unsigned long n, const char *what)
{
    time_t since = time(NULL);

    while (count() < n) {
        if (time(NULL) - since > PATIENCE_SECONDS)
            fixture_fail("in %d s %s", PATIENCE_SECONDS, what);
        (void)nanosleep(&moment, NULL);
    }
}

static void
run(const char *command)
{
    int status = system(command);

    if (status != 0)
        fixture_fail("%s: status %d", command, status);
}

/* Each of them, with the session and the key that it had before. */
static void
wait_for_each(void)
{
    time_t since = time(NULL);

    for (int i = 0; i < N_THREADS; i++) {
        unsigned long before = atomic_load(&workers[i].n_well);

        while (atomic_load(&workers[i].n_well) == before) {
            if (time(NULL) - since > PATIENCE_SECONDS)
                fixture_fail("thread %d signs no more", i);
            (void)nanosleep(&moment, NULL);
        }
    }
}

static void
begin(const char *label, const char *pin, const char *key)
{
    CK_SLOT_ID slot = fixture_slot(list, label);

    workers[0].session = fixture_session(list, slot, pin);
    pair = fixture_find_pair(list, workers[0].session, key);
    for (int i = 1; i < N_THREADS; i++)
        workers[i].session = fixture_session(list, slot, NULL);
    for (int i = 0; i < N_THREADS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            fixture_fail("no thread");
}

/* The device goes, something fails, it comes back, and everybody signs. */
static void
go_and_return(const char *off, const char *on)
{
    unsigned long well, failed = count_failed();
    double back;

    run(off);
    wait_until(count_failed, failed + 1, "nothing fails");
    well = count_well();
    run(on);
    back = now();
    wait_until(count_well, well + 1, "the token does not sign again");
    printf("the first signature %.1f s after the device was back\n",
           now() - back);
    wait_for_each();
    printf("each of %d threads signs again, %.1f s after it was back; %lu "
           "signatures, %lu failures meanwhile\n",
           N_THREADS, now() - back, count_well(), count_failed() - failed);
    (void)fflush(stdout);
}

/* A member goes and comes back, and everybody signs all the time. */
static void
go_unnoticed(const char *off, const char *on)
{
    unsigned long before = count_well(), meanwhile;

    run(off);
    wait_for_each();
    wait_until(count_well, count_well() + SOME, "the others do not go on");
    meanwhile = count_well();
    run(on);
    wait_for_each();
    wait_until(count_well, meanwhile + SOME, "all do not go on");
    printf("%lu signatures while a member went and came back\n",
           count_well() - before);
    (void)fflush(stdout);
}

static void
end(void)
{
    double longest = 0;

    atomic_store(&is_over, true);
    for (int i = 0; i < N_THREADS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        if (workers[i].longest > longest)
            longest = workers[i].longest;
    }
    if (is_unnoticed)
        printf("%lu signatures by %d threads, each verified, %lu failed; "
               "one and its verification took %.0f ms at most\n",
               count_well(), N_THREADS, count_failed(), longest * 1000);
}

int
main(int count, char **arguments)
{
    enum { FIRST = 5 };
    struct module *mux;
    int next = FIRST;

    is_unnoticed = count > 1 && strcmp(arguments[1], "--unnoticed") == 0;
    if (is_unnoticed) {
        arguments++;
        count--;
    }
    if (count < FIRST + 2)
        fixture_fail("usage: outage [--unnoticed] P11MUX LABEL PIN KEY OFF ON "
                     "[OFF ON]... [THEN]");
    mux = module_open(arguments[1]);
    list = mux->list;
    fixture_initialize(mux, NULL);
    begin(arguments[2], arguments[3], arguments[4]);
    wait_until(count_well, SOME, "the token does not sign");
    for (; next + 1 < count; next += 2)
        (is_unnoticed ? go_unnoticed : go_and_return)(arguments[next],
                                                      arguments[next + 1]);
    if (next < count)
        run(arguments[next]);
    end();
    if (list->C_Finalize(NULL) != CKR_OK)
        fixture_fail("C_Finalize fails");
    module_close(mux);
    return 0;
}
