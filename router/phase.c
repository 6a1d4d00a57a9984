/* SPDX-License-Identifier: BSD-3-Clause */
/* Off, on, or changing; and for how many. */
#include "router/phase.h"

#include "common/lock.h"

#include <stddef.h>

static struct mutex lock = MUTEX_INIT(LOCK_INSTANCE);
static struct condition changed = CONDITION_INIT;
static enum phase state;
static bool counts;
static size_t n_consumers;

static void
wait_locked(void) REQUIRES(lock)
{
    while (state == PHASE_CHANGING)
        (void)condition_wait(&changed, &lock, deadline_never());
}

/* Makes it the caller's where it is one of `wanted`, a set of 1 << PHASE_... */
static enum phase
take_locked(unsigned wanted) REQUIRES(lock)
{
    enum phase found = state;

    if ((wanted >> found & 1) != 0)
        state = PHASE_CHANGING;
    return found;
}

enum phase
phase_start(bool may_join, bool *is_counted)
{
    enum phase found = PHASE_ON;

    mutex_lock(&lock);
    wait_locked();
    *is_counted = may_join && state == PHASE_ON && counts;
    if (*is_counted)
        n_consumers++;
    else
        found = take_locked(1u << PHASE_OFF | 1u << PHASE_LEFT);
    mutex_unlock(&lock);
    return found;
}

enum phase
phase_stop(bool *is_counted)
{
    enum phase found;

    mutex_lock(&lock);
    wait_locked();
    found = state;
    *is_counted = (found == PHASE_ON || found == PHASE_LEFT) && n_consumers > 1;
    if (*is_counted)
        n_consumers--;
    else
        (void)take_locked(1u << PHASE_ON | 1u << PHASE_LEFT);
    mutex_unlock(&lock);
    return found;
}

enum phase
phase_follow(void)
{
    enum phase found;

    mutex_lock(&lock);
    wait_locked();
    found = take_locked(1u << PHASE_LEFT);
    mutex_unlock(&lock);
    return found;
}

static void
end_locked(enum phase to) REQUIRES(lock)
{
    state = to;
    if (to == PHASE_OFF)
        n_consumers = 0;
    condition_broadcast(&changed);
}

void
phase_end(enum phase to)
{
    mutex_lock(&lock);
    end_locked(to);
    mutex_unlock(&lock);
}

void
phase_end_on(bool counts_consumers)
{
    mutex_lock(&lock);
    counts = counts_consumers;
    if (n_consumers == 0)
        n_consumers = 1;
    end_locked(PHASE_ON);
    mutex_unlock(&lock);
}

void
phase_move_in(enum phase to)
{
    mutex_init(&lock, LOCK_INSTANCE);
    condition_init(&changed);
    state = to;
    if (to == PHASE_OFF)
        n_consumers = 0;
}
