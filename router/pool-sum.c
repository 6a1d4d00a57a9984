/* SPDX-License-Identifier: BSD-3-Clause */
/* What a pool shows of itself: its backend sessions by kind, who waits, and
 * what was counted. */
#include "common/clock.h"
#include "router/pool-private.h"

/* A retired one is kept for its session objects alone; what is not lent stays
 * with its virtual session after the operation. */
static enum counter_level
level_of(const struct pool_session *pooled)
{
    uintptr_t owner = atomic_load(&pooled->owner);

    if (pool_is_idle(owner))
        return COUNTER_LEVEL_IDLE;
    return owner == POOL_RETIRED || (!pooled->is_lent && !pooled->is_keeper)
               ? COUNTER_LEVEL_PINNED
               : COUNTER_LEVEL_BUSY;
}

void
pool_measure(struct pool *pool, uint64_t levels[N_COUNTER_LEVELS])
{
    const struct pool_session *pooled;

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        levels[COUNTER_LEVEL_OPEN]++;
        levels[level_of(pooled)]++;
    }
    levels[COUNTER_LEVEL_WAITING] =
        pool->n_paused + atomic_load(&pool->n_waiting);
    if (pool->first_waiter != NULL)
        levels[COUNTER_LEVEL_WAITING_US] =
            (clock_now() - pool->first_waiter->since) / 1000;
    mutex_unlock(&pool->lock);
    levels[COUNTER_LEVEL_LONGEST_US] =
        atomic_load(&pool->counts->longest_wait_us);
}

/* What was carried is read before what it is carried from. */
void
pool_sum(struct pool *pool, uint64_t calls[N_COUNTED],
         uint64_t errors[N_COUNTER_CLASSES])
{
    const struct pool_session *pooled;

    for (unsigned i = 0; i < N_COUNTED; i++)
        calls[i] += atomic_load(&pool->counts->calls[i]);
    for (unsigned i = 0; i < N_COUNTER_CLASSES; i++)
        errors[i] += atomic_load(&pool->counts->errors[i]);
    for (pooled = atomic_load(&pool->records); pooled != NULL;
         pooled = pooled->next_record) {
        for (unsigned i = 0; i < N_COUNTED; i++)
            calls[i] += atomic_load(&pooled->tally.calls[i]);
        for (unsigned i = 0; i < N_COUNTER_CLASSES; i++)
            errors[i] += atomic_load(&pooled->tally.errors[i]);
    }
}
