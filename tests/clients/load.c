/* SPDX-License-Identifier: BSD-3-Clause */
/* Signs and verifies with many threads, and takes the time. */
#include "tests/clients/load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Up to so many milliseconds; the last one is what took longer. */
static const double classes[] = { 0.1, 0.2, 0.5, 1,   2,    5,    10,   20,
                                  50,  100, 200, 500, 1000, 2000, 5000, 10000 };

enum { N_CLASSES = sizeof(classes) / sizeof(classes[0]) + 1 };

static const CK_FUNCTION_LIST *list;
static struct fixture_pair pair;
static struct fixture_public *public_key;
static CK_SLOT_ID slot;
static bool fails_never;
static _Atomic(bool) is_over;

/* Between two looks: the processor is for those that sign. */
static const struct timespec moment = { .tv_nsec = 1000 * 1000 };

/* The last one is that of load_try. */
static struct worker {
    unsigned number;
    CK_SESSION_HANDLE session;
    _Atomic(unsigned long) n_well, n_failed;
    double longest; /* seconds */
    unsigned long n_of_class[N_CLASSES];
    pthread_t thread;
} workers[LOAD_THREADS + 1];

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
note_time(struct worker *worker, double seconds)
{
    size_t class = 0;

    while (class < N_CLASSES - 1 && seconds * 1000 > classes[class])
        class ++;
    worker->n_of_class[class]++;
    worker->longest = seconds > worker->longest ? seconds : worker->longest;
}

/* An Init and its call; the hash is of this turn alone. */
static CK_RV
sign(struct worker *worker, const struct fixture_input *input,
     CK_BYTE *signature, CK_ULONG *length)
{
    CK_MECHANISM mechanism = input->mechanism;
    CK_BYTE data[sizeof(input->data)];
    double begun = now();
    CK_RV rv = list->C_SignInit(worker->session, &mechanism, pair.private_key);

    memcpy(data, input->data, sizeof(data));
    if (rv == CKR_OK)
        rv = list->C_Sign(worker->session, data, input->length, signature,
                          length);
    note_time(worker, now() - begun);
    return rv;
}

static CK_RV
verify(struct worker *worker, const struct fixture_input *input,
       CK_BYTE *signature, CK_ULONG length)
{
    CK_MECHANISM mechanism = input->mechanism;
    CK_BYTE data[sizeof(input->data)];
    double begun = now();
    CK_RV rv = list->C_VerifyInit(worker->session, &mechanism, pair.public_key);

    memcpy(data, input->data, sizeof(data));
    if (rv == CKR_OK)
        rv = list->C_Verify(worker->session, data, input->length, signature,
                            length);
    note_time(worker, now() - begun);
    return rv;
}

static CK_RV
turn(struct worker *worker)
{
    CK_BYTE hash[32] = { 0 }, signature[512];
    unsigned long number = atomic_load(&worker->n_well);
    CK_ULONG length = sizeof(signature);
    struct fixture_input input;
    CK_RV rv;

    memcpy(hash, &worker->number, sizeof(worker->number));
    memcpy(hash + 8, &number, sizeof(number));
    fixture_prepare(public_key, hash, &input);
    rv = sign(worker, &input, signature, &length);
    if (rv != CKR_OK)
        return rv;
    if (!fixture_verify(public_key, hash, signature, length))
        fixture_fail("a signature of thread %u is wrong", worker->number);
    return fails_never ? verify(worker, &input, signature, length) : rv;
}

static void
take_turn(struct worker *worker)
{
    static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
    CK_RV rv = turn(worker);

    if (rv == CKR_OK) {
        atomic_fetch_add(&worker->n_well, 1);
        return;
    }
    if (fails_never)
        fixture_fail("an operation fails with 0x%lx", rv);
    atomic_fetch_add(&worker->n_failed, 1);
    /* As a program does that is refused and tries again. */
    (void)nanosleep(&pause, NULL);
}

static void *
work(void *argument)
{
    while (!atomic_load(&is_over))
        take_turn(argument);
    return NULL;
}

void
load_begin(const CK_FUNCTION_LIST *its_list, const char *label, const char *pin,
           const char *key, bool never)
{
    list = its_list;
    fails_never = never;
    slot = fixture_slot(list, label);
    for (unsigned i = 0; i <= LOAD_THREADS; i++) {
        workers[i].number = i;
        workers[i].session = fixture_session(list, slot, i == 0 ? pin : NULL);
        if (i > 0)
            continue;
        pair = fixture_find_pair(list, workers[0].session, key);
        public_key =
            fixture_read_public(list, workers[0].session, pair.public_key);
    }
    for (unsigned i = 0; i < LOAD_THREADS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            fixture_fail("no thread");
}

unsigned long
load_count_well(void)
{
    unsigned long n = 0;

    for (int i = 0; i <= LOAD_THREADS; i++)
        n += atomic_load(&workers[i].n_well);
    return n;
}

unsigned long
load_count_failed(void)
{
    unsigned long n = 0;

    for (int i = 0; i <= LOAD_THREADS; i++)
        n += atomic_load(&workers[i].n_failed);
    return n;
}

void
load_wait_until(unsigned long (*count)(void), unsigned long n, const char *what)
{
    time_t since = time(NULL);

    while (count() < n) {
        if (time(NULL) - since > LOAD_PATIENCE_SECONDS)
            fixture_fail("in %d s %s", LOAD_PATIENCE_SECONDS, what);
        (void)nanosleep(&moment, NULL);
    }
}

void
load_wait_for_each(void)
{
    time_t since = time(NULL);

    for (int i = 0; i < LOAD_THREADS; i++) {
        unsigned long before = atomic_load(&workers[i].n_well);

        while (atomic_load(&workers[i].n_well) < before + 2) {
            if (time(NULL) - since > LOAD_PATIENCE_SECONDS)
                fixture_fail("thread %d signs no more", i);
            (void)nanosleep(&moment, NULL);
        }
    }
}

double
load_try(unsigned n)
{
    struct worker *worker = &workers[LOAD_THREADS];
    double before = worker->longest, longest;

    worker->longest = 0;
    for (unsigned i = 0; i < n; i++)
        take_turn(worker);
    longest = worker->longest;
    worker->longest = longest > before ? longest : before;
    return longest;
}

void
load_end(void)
{
    atomic_store(&is_over, true);
    for (int i = 0; i < LOAD_THREADS; i++)
        (void)pthread_join(workers[i].thread, NULL);
    fixture_free_public(public_key);
}

double
load_longest(void)
{
    double longest = 0;

    for (int i = 0; i <= LOAD_THREADS; i++)
        longest = workers[i].longest > longest ? workers[i].longest : longest;
    return longest;
}

void
load_print_times(void)
{
    for (size_t class = 0; class < N_CLASSES; class ++) {
        unsigned long n = 0;

        for (int i = 0; i <= LOAD_THREADS; i++)
            n += workers[i].n_of_class[class];
        if (n == 0)
            continue;
        if (class < N_CLASSES - 1)
            printf("%8lu calls took up to %g ms\n", n, classes[class]);
        else
            printf("%8lu calls took longer\n", n);
    }
}
