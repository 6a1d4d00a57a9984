/* SPDX-License-Identifier: BSD-3-Clause */
/* What time does to a pool: sessions that idle or have lived too long are
 * closed. */
#include "router/hang.h"
#include "router/pool-private.h"

static const uint64_t ns_per_ms = 1000 * 1000;

/* While the device has no sessions left, others may be waiting for ours. */
static const uint64_t scarce_idle_ms = 1000;

static uint64_t
idle_ns(const struct pool *pool)
{
    uint64_t idle_ms = pool->settings->idle_ms;

    if (pool->is_scarce && idle_ms > scarce_idle_ms)
        idle_ms = scarce_idle_ms;
    return idle_ms * ns_per_ms;
}

/* Uses are counted, not timed: one that was used since the last look has
 * been idle from then on. */
static void
note_uses(struct pool_session *pooled, uint64_t now)
{
    uint32_t uses = atomic_load_explicit(&pooled->uses, memory_order_relaxed);

    if (uses == pooled->uses_seen && pool_is_idle(atomic_load(&pooled->owner)))
        return;
    pooled->uses_seen = uses;
    pooled->idle_since = now;
}

static void
mark(struct pool_session *pooled, uint64_t now)
{
    const struct config_pool *settings = pooled->pool->settings;

    if (now >= pooled->expires && !pooled->is_keeper)
        atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
    if (settings->check_after_ms != 0 &&
        now - pooled->idle_since >= settings->check_after_ms * ns_per_ms)
        atomic_fetch_or(&pooled->doubts, POOL_UNCHECKED);
}

static bool
is_over(const struct pool_session *pooled, uint64_t now)
{
    return !pooled->is_keeper && object_home_is_empty(&pooled->home) &&
           (now >= pooled->expires ||
            (atomic_load(&pooled->doubts) & POOL_OUTLIVED) != 0 ||
            now - pooled->idle_since >= idle_ns(pooled->pool) ||
            atomic_load(&pooled->owner) == POOL_RETIRED);
}

/* What idles longest goes first. */
static struct pool_session *
take_over_locked(struct pool *pool, uint64_t now) REQUIRES(pool->lock)
{
    struct pool_session *oldest = NULL, *pooled;
    uintptr_t owner;

    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        note_uses(pooled, now);
        mark(pooled, now);
        owner = atomic_load(&pooled->owner);
        if ((pool_is_idle(owner) || owner == POOL_RETIRED) &&
            is_over(pooled, now) &&
            (oldest == NULL || pooled->idle_since < oldest->idle_since))
            oldest = pooled;
    }
    if (oldest == NULL)
        return NULL;
    owner = atomic_load(&oldest->owner);
    return (pool_is_idle(owner) || owner == POOL_RETIRED) &&
                   pool_take_if_owned_by(oldest, owner, POOL_ITSELF)
               ? oldest
               : NULL;
}

/* Often enough to be a quarter late at most. */
static uint64_t
period_ns(const struct pool *pool)
{
    const uint64_t shortest = 10 * ns_per_ms, longest = 15000 * ns_per_ms;
    uint64_t check = pool->settings->check_after_ms * ns_per_ms;
    uint64_t period = idle_ns(pool);

    if (check != 0 && check < period)
        period = check;
    period /= 4;
    return period < shortest ? shortest : period > longest ? longest : period;
}

/* As far as it still shows. */
static enum counter_close
reason(const struct pool_session *pooled, uint64_t now)
{
    if (now >= pooled->expires)
        return COUNTER_CLOSE_LIFETIME;
    return now - pooled->idle_since >= idle_ns(pooled->pool)
               ? COUNTER_CLOSE_IDLE
               : COUNTER_CLOSE_DOUBT;
}

static uint64_t
close_over(struct pool *pool)
{
    uint64_t next;

    if (pool->settings->mode == POOL_NONE)
        return UINT64_MAX;
    for (;;) {
        struct pool_session *pooled;
        uint64_t now;

        mutex_lock(&pool->lock);
        /* Not before any of them was opened. */
        now = clock_now();
        if (now >= pool->learned_until + idle_ns(pool))
            pool->is_scarce = false;
        pooled = take_over_locked(pool, now);
        next = now + period_ns(pool);
        mutex_unlock(&pool->lock);
        if (pooled == NULL)
            return next;
        if (!object_home_is_empty(&pooled->home)) {
            /* It was used once more before it was taken. */
            atomic_store(&pooled->owner, 0);
            pool_offer(pool, pooled);
            return next;
        }
        pool_close(pooled, reason(pooled, now));
    }
}

uint64_t
pool_tend(struct pool *pool)
{
    uint64_t next, next_touch;

    hang_tend(pool->member);
    pool_close_late(pool);
    next = close_over(pool);
    next_touch = pool_keep_alive(pool);

    return next < next_touch ? next : next_touch;
}
