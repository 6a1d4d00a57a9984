/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions: lent by an owner word, parked, stolen, given back. */
#include "router/pool-private.h"

#include <stddef.h>
#include <stdlib.h>

struct pool *
pool_new(struct member *member, const struct config_pool *settings)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    pool->counts = counts_new();
    if (pool->counts == NULL) {
        free(pool);
        return NULL;
    }
    mutex_init(&pool->lock, LOCK_POOL);
    condition_init(&pool->keeper_changed);
    pool->settings = settings;
    pool->member = member;
    pool->total = SIZE_MAX;
    pool->limit = SIZE_MAX;
    pool->learned = SIZE_MAX;
    pool->last_waiter = &pool->first_waiter;
    return pool;
}

void
pool_free(struct pool *pool)
{
    struct pool_session *pooled, *next;

    if (pool == NULL)
        return;
    for (pooled = atomic_load(&pool->records); pooled != NULL; pooled = next) {
        next = pooled->next_record;
        free(pooled);
    }
    free(pool->counts);
    condition_destroy(&pool->keeper_changed);
    mutex_destroy(&pool->lock);
    free(pool);
}

struct counts *
pool_counts(const struct pool *pool)
{
    return pool->counts;
}

enum config_pool_mode
pool_mode(const struct pool *pool)
{
    return pool->settings->mode;
}

void
pool_rotate(struct pool *pool)
{
    pool->rotates = true;
}

size_t
pool_count(struct pool *pool)
{
    size_t count;

    mutex_lock(&pool->lock);
    count = pool->n_sessions + (pool->keeper != NULL ? 1 : 0);
    mutex_unlock(&pool->lock);
    return count;
}

/* -- Held ones --------------------------------------------------------------
 */

static void
let_go(struct session *session, const struct pool_session *pooled)
{
    struct pool_session **link = &session->held;

    while (*link != NULL && *link != pooled)
        link = &(*link)->next;
    if (*link != NULL)
        *link = pooled->next;
}

void
pool_hold(struct session *session, struct pool_session *pooled)
{
    pooled->next = session->held;
    session->held = pooled;
}

/* -- Giving ------------------------------------------------------------------
 */

/* The one that was parked before is anybody's now. */
static void
park(struct pool_session *pooled, struct session *session)
{
    uintptr_t mine = (uintptr_t)session | POOL_PARKED;

    if (session->parked != pooled) {
        if (session->parked != NULL)
            (void)atomic_compare_exchange_strong(&session->parked->owner, &mine,
                                                 0);
        session->parked = pooled;
    }
    atomic_store_explicit(&pooled->owner, (uintptr_t)session | POOL_PARKED,
                          memory_order_release);
    pool_offer(pooled->pool, pooled);
}

/* A session of the device that holds session objects of others stays until
 * they are gone, but serves nobody while another can. */
static void
end_dirty(struct pool_session *pooled)
{
    if (object_home_is_empty(&pooled->home)) {
        pool_close(pooled, COUNTER_CLOSE_DOUBT);
        return;
    }
    atomic_fetch_or(&pooled->doubts, POOL_UNCHECKED);
    atomic_store(&pooled->owner, POOL_RETIRED);
    pool_offer_room(pooled->pool);
}

/* Else it is closed, and who waits may open another. */
static inline bool
is_fit(const struct pool_session *pooled)
{
    return (atomic_load_explicit(&pooled->doubts, memory_order_relaxed) &
            POOL_OUTLIVED) == 0 &&
           pooled->epoch == atomic_load_explicit(&pooled->member->epoch,
                                                 memory_order_relaxed);
}

void
pool_give(struct pool_session *pooled, struct session *session,
          enum pool_state state)
{
    if (!pooled->is_lent) {
        if (state == POOL_CLEAN)
            return;
        let_go(session, pooled);
        pool_close(pooled, state == POOL_LOST ? COUNTER_CLOSE_LOST
                                              : COUNTER_CLOSE_DOUBT);
        return;
    }
    if (state == POOL_CLEAN) {
        if (is_fit(pooled) || pool_settle(pooled))
            park(pooled, session);
        return;
    }
    if (session->parked == pooled)
        session->parked = NULL;
    if (state == POOL_DIRTY)
        end_dirty(pooled);
    else
        pool_close(pooled, COUNTER_CLOSE_LOST);
}

CK_RV
pool_replace(struct pool_session *pooled, struct session *session,
             struct pool_session **out)
{
    struct pool *pool = pooled->pool;
    CK_RV rv = pool_open(pool, session, pooled->flags, out);

    if (rv != CKR_OK)
        return rv;
    mutex_lock(&pool->lock);
    pool_enlist_locked(pool, *out);
    mutex_unlock(&pool->lock);
    let_go(session, pooled);
    pool_hold(session, *out);
    pool_close(pooled, COUNTER_CLOSE_DOUBT);
    return CKR_OK;
}

void
pool_refresh(struct pool_session **pooled, struct session *session)
{
    struct pool_session *fresh;

    if ((atomic_load(&(*pooled)->doubts) & POOL_REPLACED) != 0 &&
        object_home_is_empty(&(*pooled)->home) && !(*pooled)->is_lent &&
        pool_replace(*pooled, session, &fresh) == CKR_OK)
        *pooled = fresh;
}

/* Session objects live in it, or what its session has left open. */
static bool
is_nobody_elses(const struct pool_session *pooled)
{
    return pool_mode(pooled->pool) == POOL_NONE ||
           !object_home_is_empty(&pooled->home) ||
           ((atomic_load(&pooled->doubts) & POOL_OUTLIVED) != 0 &&
            !pooled->is_keeper);
}

/* What is parked stays so: the next virtual session in this cell finds it. */
void
pool_close_session(struct session *session)
{
    struct pool_session *pooled;

    while ((pooled = session->held) != NULL) {
        session->held = pooled->next;
        if (is_nobody_elses(pooled)) {
            pool_close(pooled, COUNTER_CLOSE_ENDED);
        } else {
            atomic_store_explicit(&pooled->owner, 0, memory_order_release);
            pool_offer(pooled->pool, pooled);
        }
    }
}

void
pool_outlive(struct object_home *home)
{
    struct pool_session *pooled =
        (struct pool_session *)(void *)((char *)home -
                                        offsetof(struct pool_session, home));

    atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
}
