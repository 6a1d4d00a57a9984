/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many writers, one store: eight processes of four threads make, find and
 * destroy, some of the processes killed in the middle. What a thread knows to
 * be kept is there, whole, and nothing else.
 */
#include "tests/store-fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 8, KILLED = 3, THREADS = 4, ROUNDS = 15, KEPT_EACH = 2 };

/* Of each thread, told while it lives: how many rounds it knows to be kept. */
static atomic_uint (*told)[THREADS];

struct writer {
    unsigned process, thread;
};

static unsigned
number_of(const struct writer *writer, unsigned round, unsigned which)
{
    return ((writer->process * THREADS + writer->thread) * ROUNDS + round) *
               (KEPT_EACH + 1) +
           which;
}

/* Others may be at it for longer than one waits. */
static uint64_t
add_patiently(unsigned number)
{
    struct certificate certificate;
    enum store_result result;
    uint64_t object;

    certificate_make(number, &certificate);
    do
        result = store_create(store, life, certificate.attributes,
                              certificate.count, &object);
    while (result == STORE_LOCKED);
    if (result != STORE_DONE)
        fixture_fail("certificate %u: result %d", number, (int)result);
    return object;
}

static void
destroy_patiently(uint64_t object)
{
    enum store_result result;

    do
        result = store_destroy(store, life, object);
    while (result == STORE_LOCKED);
    if (result != STORE_DONE)
        fixture_fail("what was made cannot be destroyed: %d", (int)result);
}

/* Two stay, one goes. */
static void *
write_objects(void *argument)
{
    const struct writer *writer = argument;

    for (unsigned round = 0; round < ROUNDS; round++) {
        (void)add_patiently(number_of(writer, round, 0));
        destroy_patiently(add_patiently(number_of(writer, round, 2)));
        (void)add_patiently(number_of(writer, round, 1));
        atomic_fetch_add(&told[writer->process][writer->thread], 1);
    }
    return NULL;
}

static void
run_process(unsigned process)
{
    struct writer writers[THREADS];
    pthread_t threads[THREADS];

    do
        store = store_open();
    while (store_find_life(store, &(struct store_owner){ "token", NULL }, &life,
                           NULL) != STORE_DONE);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){ process, i };
        if (pthread_create(&threads[i], NULL, write_objects, &writers[i]) != 0)
            fixture_fail("no thread");
    }
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    store_free(store);
    _exit(0);
}

static void
kill_when(pid_t child, unsigned process, unsigned rounds)
{
    while (atomic_load(&told[process][0]) < rounds)
        if (waitpid(child, NULL, WNOHANG) != 0)
            fixture_fail("a process ended by itself");
    (void)kill(child, SIGKILL);
}

static void
run_all(void)
{
    pid_t children[PROCESSES];

    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_process(i);
        if (children[i] < 0)
            fixture_fail("no process");
    }
    for (unsigned i = 0; i < KILLED; i++)
        kill_when(children[i], i, 1 + 4 * i);
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;

        if (waitpid(children[i], &status, 0) != children[i] ||
            (i >= KILLED && status != 0))
            fixture_fail("process %u ended with %d", i, status);
    }
}

/* One that was killed may have made what it could not tell any more, and left
 * one that it was to destroy. */
static void
check_thread(const struct writer *writer)
{
    unsigned n_told = atomic_load(&told[writer->process][writer->thread]);

    for (unsigned round = 0; round < ROUNDS; round++) {
        bool is_told = round < n_told;
        bool may_be = is_told || (round == n_told && writer->process < KILLED);

        for (unsigned which = 0; which <= KEPT_EACH; which++) {
            bool is = certificate_is_there(number_of(writer, round, which));

            if (is && (!may_be || (is_told && which == KEPT_EACH)))
                fixture_fail("round %u: what was not made is there", round);
            if (!is && is_told && which < KEPT_EACH)
                fixture_fail("round %u: what was made is not there", round);
        }
    }
}

int
main(void)
{
    told = mmap(NULL, sizeof(*told) * PROCESSES, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        fixture_fail("no memory");
    (void)store_place_url(); /* a server is one for all of them */
    run_all();
    store_setup();
    for (unsigned i = 0; i < PROCESSES; i++)
        for (unsigned k = 0; k < THREADS; k++)
            check_thread(&(struct writer){ i, k });
    store_finish();
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
