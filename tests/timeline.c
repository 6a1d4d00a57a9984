/* SPDX-License-Identifier: BSD-3-Clause */
/* Time that passes only while every thread of a test waits. */
#include "tests/timeline.h"

#include "tests/router-fixture.h"
#include "tests/waiting.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { MOST_THREADS = 128 };

struct traveller {
    void (*action)(void *argument);
    void *argument;
    pthread_t thread;
    bool is_asleep;
    uint64_t wakes_at; /* milliseconds of the timeline */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static struct traveller travellers[MOST_THREADS];
static unsigned n_travellers, n_asleep, n_ended;
static uint64_t now;
static bool has_begun;
static _Atomic(unsigned) n_steps; /* whatever a thread does moves it */
static __thread struct traveller *me;

void
timeline_begin(void)
{
    router_clock_stop();
    n_travellers = n_asleep = n_ended = 0;
    has_begun = false;
}

static void *
travel(void *argument)
{
    me = argument;
    waiting_count_me();
    pthread_mutex_lock(&lock);
    while (!has_begun)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
    me->action(me->argument);
    waiting_forget_me();
    pthread_mutex_lock(&lock);
    n_ended++;
    atomic_fetch_add(&n_steps, 1);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void
timeline_add(void (*action)(void *argument), void *argument)
{
    struct traveller *traveller;

    if (n_travellers == MOST_THREADS)
        fixture_fail("a timeline has at most %d threads", MOST_THREADS);
    traveller = &travellers[n_travellers++];
    *traveller = (struct traveller){ .action = action, .argument = argument };
    if (pthread_create(&traveller->thread, NULL, travel, traveller) != 0)
        fixture_fail("no thread");
}

void
timeline_spend(uint64_t milliseconds)
{
    if (milliseconds == 0)
        return;
    if (me == NULL) {
        router_clock_move(milliseconds);
        return;
    }
    pthread_mutex_lock(&lock);
    me->wakes_at = now + milliseconds;
    me->is_asleep = true;
    n_asleep++;
    atomic_fetch_add(&n_steps, 1);
    while (me->is_asleep)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

/* Whether nothing more happens until the clock moves: not where all have
 * ended meanwhile. */
static bool
is_still(void)
{
    unsigned before = atomic_load(&n_steps), busy;
    bool over;

    pthread_mutex_lock(&lock);
    over = n_ended == n_travellers;
    busy = n_travellers - n_asleep - n_ended;
    pthread_mutex_unlock(&lock);
    return !over && busy == waiting_now() && waiting_settled(&n_steps) &&
           atomic_load(&n_steps) == before;
}

static void
move_on(void)
{
    pthread_mutex_lock(&lock);
    now++;
    router_clock_move(1);
    for (unsigned i = 0; i < n_travellers; i++)
        if (travellers[i].is_asleep && travellers[i].wakes_at <= now) {
            travellers[i].is_asleep = false;
            n_asleep--;
        }
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
}

static bool
is_over(void)
{
    bool over;

    pthread_mutex_lock(&lock);
    over = n_ended == n_travellers;
    pthread_mutex_unlock(&lock);
    return over;
}

uint64_t
timeline_run(void)
{
    uint64_t began = now;

    pthread_mutex_lock(&lock);
    has_begun = true;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    while (!is_over()) {
        if (is_still())
            move_on();
        else
            sched_yield();
    }
    for (unsigned i = 0; i < n_travellers; i++)
        (void)pthread_join(travellers[i].thread, NULL);
    n_travellers = n_asleep = n_ended = 0;
    has_begun = false;
    return now - began;
}
