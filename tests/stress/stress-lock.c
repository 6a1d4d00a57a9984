/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that share few things through a mutex and a condition, as a pool
 * does, and open and close the OpenSSL context: nothing is lent twice, nobody
 * is forgotten. A plain program, since it also runs under ThreadSanitizer.
 */
#include "common/crypto.h"
#include "common/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { N_THREADS = 6, N_TURNS = 3000, N_THINGS = 2, N_OPENINGS = 30 };

static struct mutex lock = MUTEX_INIT(LOCK_POOL);
static struct condition given_back;
static bool is_lent[N_THINGS];
static unsigned n_uses[N_THINGS]; /* by whoever has it, without the lock */
static _Atomic(unsigned) n_gave_up;
static _Atomic(unsigned) n_wrong_hashes;
static _Atomic(unsigned) n_not_open;

static int find_free(void) REQUIRES(lock);

static int
find_free(void)
{
    for (int i = 0; i < N_THINGS; i++)
        if (!is_lent[i])
            return i;
    return -1;
}

/* One of the things, -1 when none comes free in time. */
static int
take(struct deadline until)
{
    int found;

    mutex_lock(&lock);
    while ((found = find_free()) < 0)
        if (!condition_wait(&given_back, &lock, until))
            break;
    if (found >= 0)
        is_lent[found] = true;
    mutex_unlock(&lock);
    return found;
}

static void
give(int thing)
{
    mutex_lock(&lock);
    is_lent[thing] = false;
    mutex_unlock(&lock);
    condition_signal(&given_back);
}

static void *
take_turns(void *unused)
{
    for (int i = 0; i < N_TURNS; i++) {
        int thing = take(deadline_in(60 * 1000));

        if (thing < 0) {
            atomic_fetch_add(&n_gave_up, 1);
            continue;
        }
        n_uses[thing]++;
        give(thing);
    }
    return unused;
}

static void *
open_and_hash(void *unused)
{
    unsigned char first[SHA256_LENGTH], second[SHA256_LENGTH];

    for (int i = 0; i < N_OPENINGS; i++) {
        if (!crypto_open(NULL) || crypto_context() == NULL)
            atomic_fetch_add(&n_not_open, 1);
        if (!crypto_sha256("abc", 3, first) ||
            !crypto_sha256("abc", 3, second) ||
            memcmp(first, second, SHA256_LENGTH) != 0)
            atomic_fetch_add(&n_wrong_hashes, 1);
        crypto_close();
    }
    return unused;
}

static void
run(void *(*act)(void *))
{
    pthread_t threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, act, NULL);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* 1 for what does not hold. */
static unsigned
failure(bool holds, const char *what)
{
    printf("%s %s\n", holds ? "ok  " : "FAIL", what);
    return holds ? 0 : 1;
}

int
main(void)
{
    unsigned n_failed = 0;

    condition_init(&given_back);
    run(take_turns);
    run(open_and_hash);
    condition_destroy(&given_back);

    n_failed += failure(n_gave_up == 0, "nobody waited in vain");
    n_failed += failure(n_uses[0] + n_uses[1] == N_THREADS * N_TURNS,
                        "nothing was lent twice");
    n_failed += failure(n_not_open == 0, "the context was open");
    n_failed += failure(crypto_context() == NULL, "and closed at the end");
    n_failed += failure(n_wrong_hashes == 0, "hashes agree");
    printf("%u passed, %u failed, 0 skipped\n", 5 - n_failed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
