/* SPDX-License-Identifier: BSD-3-Clause */
/* A pool whose token is paused: it comes to rest, and calls wait beside it. */
#include "router/pool-private.h"

/* One to close, taken. Session objects would end with it, so that one in which
 * they live stays. */
static struct pool_session *
take_idle_locked(struct pool *pool, size_t *n_used) REQUIRES(pool->lock)
{
    struct pool_session *pooled;

    /* What is being closed is in the list no more, and counted still. */
    *n_used = pool->n_opening + pool->n_sessions;
    if (atomic_load(&pool->keeper_state) == KEEPER_CHANGING)
        ++*n_used;
    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);

        if (pooled->is_keeper)
            continue;
        --*n_used;
        if (owner == POOL_RETIRED)
            continue;
        if (pool_is_idle(owner) && !object_home_is_empty(&pooled->home))
            continue;
        if (pool_is_idle(owner) &&
            pool_take_if_owned_by(pooled, owner, POOL_ITSELF))
            return pooled;
        *n_used += pooled->is_lent || pooled->is_late ? 1 : 0;
        if (pooled->is_lent)
            atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
    }
    return NULL;
}

size_t
pool_rest(struct pool *pool)
{
    struct pool_session *pooled;
    size_t n_used;

    pool_close_late(pool);
    do {
        mutex_lock(&pool->lock);
        pooled = take_idle_locked(pool, &n_used);
        mutex_unlock(&pool->lock);
        if (pooled != NULL)
            pool_close(pooled, COUNTER_CLOSE_DRAINED);
    } while (pooled != NULL);
    return n_used;
}

struct pool_session *
pool_take_resting(struct pool *pool, bool *is_used)
{
    struct pool_session *keeper;
    uintptr_t owner;

    mutex_lock(&pool->lock);
    keeper = pool->keeper;
    owner = keeper == NULL ? 0 : atomic_load(&keeper->owner);
    /* A virtual session may keep it, for its objects' sake. */
    *is_used = keeper != NULL && !pool_is_idle(owner) &&
               (keeper->is_lent || object_home_is_empty(&keeper->home));
    if (keeper != NULL && (*is_used || !object_home_is_empty(&keeper->home) ||
                           !pool_take_if_owned_by(keeper, owner, POOL_ITSELF)))
        keeper = NULL;
    mutex_unlock(&pool->lock);
    return keeper;
}

void
pool_close_resting(struct pool_session *keeper)
{
    pool_close(keeper, COUNTER_CLOSE_DRAINED);
}

size_t
pool_count_kept(struct pool *pool)
{
    size_t n_kept = 0;

    mutex_lock(&pool->lock);
    for (const struct pool_session *pooled = pool->sessions; pooled != NULL;
         pooled = pooled->sibling) {
        const struct session *session =
            pooled->is_lent || pooled->is_keeper ? NULL : pool_user(pooled);

        if (session != NULL &&
            (object_home_is_empty(&pooled->home) ||
             (atomic_load(&session->word) & SESSION_BUSY) != 0))
            n_kept++;
    }
    mutex_unlock(&pool->lock);
    return n_kept;
}

void
pool_part(struct pool *pool, struct session *session)
{
    struct pool_session **link = &session->held, *pooled;

    while ((pooled = *link) != NULL) {
        if (pooled->pool != pool || !object_home_is_empty(&pooled->home) ||
            session_uses(session, pooled, NULL)) {
            link = &pooled->next;
            continue;
        }
        *link = pooled->next;
        pool_close(pooled, COUNTER_CLOSE_DRAINED);
    }
}

/* What came back to the pool meanwhile was offered to nobody. */
void
pool_end_rest(struct pool *pool)
{
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL && pool->first_waiter != NULL;
         pooled = pooled->sibling)
        pool_offer_locked(pool, pooled);
    mutex_unlock(&pool->lock);
    pool_rouse(pool);
}

/* -- Calls beside it ---------------------------------------------------------
 */

void
pool_wait_paused(struct pool *pool, struct deadline until)
{
    mutex_lock(&pool->lock);
    if (pool_is_paused(pool)) {
        pool->n_paused++;
        (void)condition_wait(&pool->keeper_changed, &pool->lock, until);
        pool->n_paused--;
    }
    mutex_unlock(&pool->lock);
}

size_t
pool_count_waiting(struct pool *pool)
{
    size_t count;

    mutex_lock(&pool->lock);
    count = pool->n_paused + atomic_load(&pool->n_waiting);
    mutex_unlock(&pool->lock);
    return count;
}
