/* SPDX-License-Identifier: BSD-3-Clause */
/* Which threads of a test wait for something inside p11mux. */
#include "tests/waiting.h"

#include "common/wake.h"
#include "tests/fixture.h"

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { MOST_THREADS = 256, PATIENCE_SECONDS = 60 };

/* Counts up as a thread goes into a wait and as it comes out: odd inside. */
static _Atomic(unsigned) steps[MOST_THREADS];
static _Atomic(bool) has_ended[MOST_THREADS];
static _Atomic(unsigned) n_threads;
static __thread _Atomic(unsigned) *mine;

void __real_wake_wait(struct wake *wake, struct deadline until);
void __wrap_wake_wait(struct wake *wake, struct deadline until);

/* Stands in the place of common/wake.h's: see -Wl,--wrap. */
void
__wrap_wake_wait(struct wake *wake, struct deadline until)
{
    if (mine != NULL)
        atomic_fetch_add(mine, 1);
    __real_wake_wait(wake, until);
    if (mine != NULL)
        atomic_fetch_add(mine, 1);
}

void
waiting_count_me(void)
{
    unsigned index = atomic_fetch_add(&n_threads, 1);

    if (index >= MOST_THREADS)
        fixture_fail("more than %d threads are counted", MOST_THREADS);
    mine = &steps[index];
    atomic_store(&has_ended[index], false);
}

void
waiting_forget_me(void)
{
    atomic_store(&has_ended[mine - steps], true);
    mine = NULL;
}

unsigned
waiting_now(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < atomic_load(&n_threads); i++)
        n += atomic_load(&steps[i]) % 2;
    return n;
}

static void
check_patience(time_t since)
{
    if (time(NULL) - since > PATIENCE_SECONDS)
        fixture_fail("the test's threads do not come to wait");
    sched_yield();
}

void
waiting_until(unsigned n)
{
    time_t since = time(NULL);

    while (waiting_now() != n)
        check_patience(since);
}

/* A thread that has come out and gone in again since has looked; so has one
 * that has come out for good. False: `n_done` moved first. */
static bool
let_look(const _Atomic(unsigned) *n_done, unsigned done)
{
    unsigned before[MOST_THREADS], n = atomic_load(&n_threads);
    time_t since = time(NULL);

    for (unsigned i = 0; i < n; i++)
        before[i] = atomic_load(&steps[i]);
    for (unsigned i = 0; i < n; i++)
        while (before[i] % 2 == 1 && atomic_load(&steps[i]) < before[i] + 2 &&
               !atomic_load(&has_ended[i])) {
            if (n_done != NULL && atomic_load(n_done) != done)
                return false;
            check_patience(since);
        }
    return true;
}

void
waiting_look(void)
{
    (void)let_look(NULL, 0);
}

bool
waiting_settled(const _Atomic(unsigned) *n_done)
{
    unsigned done = atomic_load(n_done), n_waiting = waiting_now();

    return let_look(n_done, done) && atomic_load(n_done) == done &&
           waiting_now() == n_waiting;
}
