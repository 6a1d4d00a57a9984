/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions that idle are touched before their device forgets them. */
#include "router/outcome.h"
#include "router/pool-private.h"

static const uint64_t ns_per_ms = 1000 * 1000;

/* NO_TIME: its device forgets none. */
static uint64_t
keepalive_ms(const struct pool *pool)
{
    const struct backend *backend = atomic_load(&pool->member->backend);

    return backend == NULL ? NO_TIME
                           : backend_profile(backend)->settings.keepalive_ms;
}

bool
pool_is_tended(const struct pool *pool)
{
    return pool->settings->mode != POOL_NONE || keepalive_ms(pool) != NO_TIME;
}

/* One that is used has been touched by its use, as far as uses are counted. */
static uint64_t
last_touch(struct pool_session *pooled, uint64_t now)
{
    uint32_t uses = atomic_load_explicit(&pooled->uses, memory_order_relaxed);

    if (uses != pooled->uses_touched) {
        pooled->uses_touched = uses;
        pooled->touched = now;
    }
    return pooled->touched;
}

/* One that has idled for `idle` and is its pool's, or a virtual session's that
 * may be between two calls; `*owner` is whose. */
static struct pool_session *
take_due_locked(struct pool *pool, uint64_t now, uint64_t idle,
                uintptr_t *owner) REQUIRES(pool->lock)
{
    struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        if (now - last_touch(pooled, now) < idle ||
            pooled->epoch != atomic_load(&pool->member->epoch))
            continue;
        *owner = atomic_load(&pooled->owner);
        pooled->touched = now;
        if (*owner == (uintptr_t)POOL_ITSELF ||
            ((pool_is_idle(*owner) || *owner == POOL_RETIRED) &&
             !pool_take_if_owned_by(pooled, *owner, POOL_ITSELF)))
            continue;
        return pooled;
    }
    return NULL;
}

/* What is in doubt may have session objects in it: it is asked again. */
static bool
is_dead(const struct pool_session *pooled, CK_RV rv)
{
    enum outcome outcome = outcome_of(pooled->backend, N_CALLS, rv);

    return outcome == OUTCOME_SESSION_LOST || outcome == OUTCOME_MEMBER_LOST ||
           (rv != CKR_OK && object_home_is_empty(&pooled->home));
}

static void
touch_idle(struct pool_session *pooled, uintptr_t owner)
{
    CK_SESSION_INFO info;
    CK_RV rv = pool_ask(pooled, &info);

    if (is_dead(pooled, rv)) {
        pool_note_dead(pooled, rv);
        pool_close(pooled, COUNTER_CLOSE_LOST);
        return;
    }
    atomic_store_explicit(&pooled->owner, owner, memory_order_release);
    pool_offer(pooled->pool, pooled);
}

/* While no call is inside the virtual session; what it finds dead is for its
 * next call to find. */
static void
touch_held(struct pool_session *pooled, uintptr_t owner)
{
    struct session *session = (struct session *)owner;
    CK_SESSION_INFO info;

    if (!session_take_if_idle(session))
        return;
    if (atomic_load(&pooled->owner) == owner)
        (void)pool_ask(pooled, &info);
    session_give(session);
}

uint64_t
pool_keep_alive(struct pool *pool)
{
    uint64_t keepalive = keepalive_ms(pool);
    struct pool_session *pooled;
    uint64_t now;

    if (keepalive == NO_TIME)
        return UINT64_MAX;
    keepalive *= ns_per_ms;
    /* Its device may be away, on purpose. */
    if (pool_is_at_rest(pool))
        return clock_now() + keepalive / 4;
    do {
        uintptr_t owner;

        mutex_lock(&pool->lock);
        now = clock_now();
        /* A use may be seen a quarter late, and so may this be. */
        pooled = take_due_locked(pool, now, keepalive / 2, &owner);
        mutex_unlock(&pool->lock);
        if (pooled == NULL)
            continue;
        if (pool_is_idle(owner) || owner == POOL_RETIRED)
            touch_idle(pooled, owner);
        else
            touch_held(pooled, owner);
    } while (pooled != NULL);
    return now + keepalive / 4;
}
