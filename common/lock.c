/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutexes that know their rank, and conditions. */
#include "common/lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The functions that are the lock have nothing to be analysed. */
#define IS_THE_LOCK TSA(no_thread_safety_analysis)

static const uint64_t ns_per_second = 1000 * 1000 * 1000;

/*
 * No wait is longer, so that nobody sleeps for ever on a signal that got
 * lost: glibc before 2.41 loses one in rare races (its bug 25847).
 */
static const uint64_t wait_slice_ns = 1000 * 1000 * 1000;
static const uint64_t test_wait_slice_ns = 1000 * 1000;

#define RANK(name) [name] = #name,
static const char *const rank_names[] = { LOCK_RANKS(RANK) };
#undef RANK

const char *
lock_rank_name(enum lock_rank rank)
{
    return (size_t)rank < LOCK_LAST ? rank_names[rank] : "a lock of no rank";
}

#ifdef P11MUX_STRICT

_Static_assert(LOCK_LAST <= 32, "a rank is a bit of `held`");

static _Thread_local uint32_t held __attribute__((tls_model("initial-exec")));

static void
refuse(enum lock_rank rank, const char *what, const char *other)
{
    char text[256];
    int length = snprintf(text, sizeof(text),
                          "p11mux: %s %s%s; common/lock.h lists the order\n",
                          lock_rank_name(rank), what, other);

    if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
        abort();
    abort();
}

static void
check_order(enum lock_rank rank)
{
    /* This rank itself and all below it. */
    uint32_t in_the_way = held >> rank << rank;

    if (in_the_way == 0)
        return;
    refuse(rank, "is taken by a thread that holds ",
           lock_rank_name((enum lock_rank)(31 - __builtin_clz(in_the_way))));
}

static void
check_held(enum lock_rank rank, const char *what)
{
    if ((held >> rank & 1) == 0)
        refuse(rank, what, "");
}

static void
note_taken(enum lock_rank rank)
{
    held |= (uint32_t)1 << rank;
}

static void
note_given(enum lock_rank rank)
{
    held &= ~((uint32_t)1 << rank);
}

#else

static inline void
check_order(enum lock_rank rank)
{
    (void)rank;
}

static inline void
check_held(enum lock_rank rank, const char *what)
{
    (void)rank;
    (void)what;
}

static inline void
note_taken(enum lock_rank rank)
{
    (void)rank;
}

static inline void
note_given(enum lock_rank rank)
{
    (void)rank;
}

#endif

void
mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    pthread_mutex_init(&mutex->lock, NULL);
    mutex->rank = rank;
}

void
mutex_destroy(struct mutex *mutex)
{
    pthread_mutex_destroy(&mutex->lock);
}

IS_THE_LOCK void
mutex_lock(struct mutex *mutex)
{
    check_order(mutex->rank);
    pthread_mutex_lock(&mutex->lock);
    note_taken(mutex->rank);
}

IS_THE_LOCK void
mutex_unlock(struct mutex *mutex)
{
    check_held(mutex->rank, "is given back by a thread that does not hold it");
    note_given(mutex->rank);
    pthread_mutex_unlock(&mutex->lock);
}

void
condition_init(struct condition *condition)
{
    pthread_cond_init(&condition->condition, NULL);
}

void
condition_destroy(struct condition *condition)
{
    pthread_cond_destroy(&condition->condition);
}

void
condition_signal(struct condition *condition)
{
    pthread_cond_signal(&condition->condition);
}

void
condition_broadcast(struct condition *condition)
{
    pthread_cond_broadcast(&condition->condition);
}

/* When to look up from the wait, on CLOCK_MONOTONIC whatever clock_now is. */
static struct timespec
slice_end(struct deadline until)
{
    bool is_real = clock_is_real();
    uint64_t slice = is_real ? wait_slice_ns : test_wait_slice_ns;
    struct timespec now;
    uint64_t at;

    clock_gettime(CLOCK_MONOTONIC, &now);
    at = (uint64_t)now.tv_sec * ns_per_second + (uint64_t)now.tv_nsec + slice;
    if (is_real && until.at < at)
        at = until.at;
    return (struct timespec){ .tv_sec = (time_t)(at / ns_per_second),
                              .tv_nsec = (long)(at % ns_per_second) };
}

bool
condition_wait(struct condition *condition, struct mutex *mutex,
               struct deadline until)
{
    struct timespec end;
    int cancel_state;
    int result;

    check_held(mutex->rank, "is waited with by a thread that does not hold it");
    if (deadline_has_passed(until))
        return false;
    end = slice_end(until);
    /* A thread cancelled in the wait would take the mutex with it. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    /* Says the clock itself: CONDITION_INIT cannot. */
    result = pthread_cond_clockwait(&condition->condition, &mutex->lock,
                                    CLOCK_MONOTONIC, &end);
    pthread_setcancelstate(cancel_state, NULL);
    return result == 0 || !deadline_has_passed(until);
}
