/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a pool opens one more backend session. Opening is put off for as long
 * as it would take: a burst is over sooner with what is there. And no more are
 * being opened at a time than are open, so that a pool at most doubles.
 */
#include "router/pool-private.h"

/* After the device has refused to open one more (R3.6). */
enum { FIRST_BACK_OFF_MS = 20, LAST_BACK_OFF_MS = 5000 };

/* One that was slow once is not waited for as if it were always so. */
static const uint64_t longest_put_off = UINT64_C(100) * 1000 * 1000;

/* No session object would die with it: there is none, or it died with an
 * earlier life of the member. */
static bool
is_empty(const struct pool_session *pooled)
{
    return object_home_is_empty(&pooled->home) ||
           pooled->epoch != atomic_load(&pooled->member->epoch);
}

/* An idle one that does not serve this waiter: it may make room. (One that
 * does has been given back just now, and is about to be offered.) Or one that
 * is only kept for objects that are gone. */
static struct pool_session *
find_useless_locked(struct pool *pool, const struct pool_waiter *waiter)
    REQUIRES(pool->lock)
{
    struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);
        bool is_useless = pool_is_idle(owner) &&
                          (pool->rotates || !pool_fits(pooled, waiter->want));

        if (pooled->is_keeper || !(is_useless || owner == POOL_RETIRED) ||
            !is_empty(pooled) ||
            !pool_take_if_owned_by(pooled, owner, waiter->session))
            continue;
        if (is_empty(pooled))
            return pooled;
        /* It was used once more before it was taken. */
        atomic_store(&pooled->owner, 0);
        pool_offer_locked(pool, pooled);
    }
    return NULL;
}

/* One that was put aside for its session objects, rather than none for as long
 * as they live: it is looked at first, and most are fit (R3.14). */
static struct pool_session *
find_retired_locked(struct pool *pool, const struct pool_waiter *waiter)
    REQUIRES(pool->lock)
{
    struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling)
        if (atomic_load(&pooled->owner) == POOL_RETIRED &&
            pool_fits(pooled, waiter->want) &&
            pool_take_if_owned_by(pooled, POOL_RETIRED, waiter->session))
            return pooled;
    return NULL;
}

static bool
is_any_in_use_locked(const struct pool *pool) REQUIRES(pool->lock)
{
    const struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);

        if (!pool_is_idle(owner) && owner != POOL_RETIRED)
            return true;
    }
    return false;
}

/* What the device has shown holds for a while, then it is asked again. */
static size_t
limit_locked(struct pool *pool, uint64_t now) REQUIRES(pool->lock)
{
    if (pool->learned < pool->limit && now < pool->learned_until)
        return pool->learned;
    return pool->limit;
}

enum pool_growth
pool_may_grow_locked(struct pool *pool, const struct pool_waiter *waiter,
                     struct deadline until, struct pool_session **useless,
                     uint64_t *next_look) REQUIRES(pool->lock)
{
    uint64_t now = clock_now();
    size_t limit = limit_locked(pool, now);
    size_t most_at_once = pool->n_sessions > 1 ? pool->n_sessions : 1;
    uint64_t due =
        waiter->since +
        (pool->open_cost < longest_put_off ? pool->open_cost : longest_put_off);

    *next_look = UINT64_MAX;
    if (pool->n_opening >= most_at_once || pool_is_at_rest(pool))
        return GROW_NOT;
    if (pool->n_sessions + pool->n_opening >= limit) {
        *useless = find_useless_locked(pool, waiter);
        if (*useless != NULL)
            return GROW_BY_CLOSING;
        if (pool->n_opening == 0 && !is_any_in_use_locked(pool))
            *useless = find_retired_locked(pool, waiter);
        if (*useless != NULL)
            return GROW_BACK;
        if (limit < pool->limit)
            *next_look = pool->learned_until;
        return GROW_NOT;
    }
    /* Who may not wait for as long as that opens one rather than give up. */
    if (now >= due || now >= until.at || !is_any_in_use_locked(pool))
        return GROW;
    *next_look = due;
    return GROW_NOT;
}

/* The device has no more for now: that many it is. */
static void
learn_limit_locked(struct pool *pool) REQUIRES(pool->lock)
{
    pool->back_off_ms =
        pool->back_off_ms == 0 ? FIRST_BACK_OFF_MS : pool->back_off_ms * 2;
    if (pool->back_off_ms > LAST_BACK_OFF_MS)
        pool->back_off_ms = LAST_BACK_OFF_MS;
    pool->learned = pool->n_sessions;
    pool->learned_until = clock_now() + pool->back_off_ms * 1000 * 1000;
    pool->is_scarce = true;
    if (pool->n_sessions == 0)
        pool->shares_keeper = true;
}

static void
learn_room_locked(struct pool *pool) REQUIRES(pool->lock)
{
    pool->back_off_ms = 0;
    pool->learned = SIZE_MAX;
    pool->shares_keeper = pool->is_single;
}

/* Not all devices that have no session left say so; but then somebody uses
 * those that there are. */
static bool
is_full_for(struct pool *pool, CK_RV rv)
{
    bool is_in_use;

    if (pool_is_exhausted(rv))
        return true;
    mutex_lock(&pool->lock);
    is_in_use = pool->n_sessions > 0 && is_any_in_use_locked(pool);
    mutex_unlock(&pool->lock);
    return is_in_use && pool_may_be_full(pool, rv);
}

CK_RV
pool_grow(struct pool *pool, struct pool_waiter *waiter,
          struct pool_session *useless)
{
    struct session *session = waiter->session;
    const struct config_profile *settings =
        &backend_profile(atomic_load(&pool->member->backend))->settings;
    CK_FLAGS flags = session->flags;
    struct pool_session *opened = NULL;
    bool is_full;
    CK_RV rv;

    if (settings->rw_policy == RW_POLICY_RW_ONLY &&
        waiter->want != POOL_READ_ONLY)
        flags |= CKF_RW_SESSION;
    if (useless != NULL)
        pool_close(useless, COUNTER_CLOSE_ROOM);
    rv = pool_check_keeper(pool) ? pool_open(pool, session, flags, &opened)
                                 : CKR_DEVICE_REMOVED;
    is_full = rv != CKR_OK && is_full_for(pool, rv);
    mutex_lock(&pool->lock);
    pool->n_opening--;
    if (rv == CKR_OK) {
        pool_enlist_locked(pool, opened);
        learn_room_locked(pool);
    } else if (is_full) {
        learn_limit_locked(pool);
        rv = CKR_SESSION_COUNT;
    }
    if (pool->first_waiter != NULL)
        wake_up(&pool->first_waiter->wake);
    mutex_unlock(&pool->lock);
    atomic_store(&waiter->given, opened);
    return rv;
}
