/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions that nobody uses are closed before their time. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/pool-private.h"

/* Something to close, taken; what is in use is closed when it is given. */
static struct pool_session *
take_to_close(struct pool *pool, bool everything, bool only_read_only)
{
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);
        /* Session objects end with their own session, unless it is over with
         * all of them. */
        bool is_kept =
            (pooled->is_keeper && !everything) ||
            (only_read_only
                 ? (pooled->flags & CKF_RW_SESSION) != 0
                 : !everything && !object_home_is_empty(&pooled->home));

        if (is_kept)
            continue;
        if ((pool_is_idle(owner) || owner == POOL_RETIRED) &&
            pool_take_if_owned_by(pooled, owner, POOL_ITSELF))
            break;
        atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
    }
    mutex_unlock(&pool->lock);
    return pooled;
}

void
pool_drain(struct pool *pool, bool everything)
{
    struct pool_session *pooled;

    while ((pooled = take_to_close(pool, everything, false)) != NULL)
        pool_close(pooled, COUNTER_CLOSE_DRAINED);
}

void
pool_drain_read_only(struct pool *pool)
{
    struct pool_session *pooled;

    while ((pooled = take_to_close(pool, false, true)) != NULL)
        pool_close(pooled, COUNTER_CLOSE_DRAINED);
}

/* -- Other settings ----------------------------------------------------------
 */

/* One that is too many, taken; as many of those in use are closed when they
 * are given back. One with session objects stays until they are gone. */
static struct pool_session *
take_excess_locked(struct pool *pool) REQUIRES(pool->lock)
{
    size_t n_excess =
        pool->n_sessions > pool->limit ? pool->n_sessions - pool->limit : 0;
    struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL && n_excess > 0;
         pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);

        if (!pooled->is_keeper && object_home_is_empty(&pooled->home) &&
            pool_is_idle(owner) &&
            pool_take_if_owned_by(pooled, owner, POOL_ITSELF))
            return pooled;
    }
    for (pooled = pool->sessions; pooled != NULL && n_excess > 0;
         pooled = pooled->sibling) {
        if (pooled->is_keeper || !object_home_is_empty(&pooled->home))
            continue;
        atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED);
        n_excess--;
    }
    return NULL;
}

void
pool_reload(struct pool *pool, const struct config_pool *settings)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    atomic_store(&pool->settings, settings);
    if (settings->mode != POOL_NONE)
        pool_set_limit_locked(pool);
    mutex_unlock(&pool->lock);
    do {
        mutex_lock(&pool->lock);
        pooled = take_excess_locked(pool);
        mutex_unlock(&pool->lock);
        if (pooled != NULL)
            pool_close(pooled, COUNTER_CLOSE_DRAINED);
    } while (pooled != NULL);
    /* Whoever waits may open one more now. */
    pool_rouse(pool);
}

/* -- Anew --------------------------------------------------------------------
 */

/* What is in use now, or is being opened (pool_enlist_locked). */
static void
mark_all(struct pool *pool)
{
    mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->renewals, 1);
    for (struct pool_session *pooled = pool->sessions; pooled != NULL;
         pooled = pooled->sibling)
        if (!pooled->is_keeper)
            atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED | POOL_REPLACED);
    mutex_unlock(&pool->lock);
}

static bool
has_room(struct pool *pool)
{
    bool has_room;

    mutex_lock(&pool->lock);
    has_room = pool->limit > 0;
    mutex_unlock(&pool->lock);
    return has_room;
}

/* Gives the keeper's place, which is never empty, to one that was opened for
 * it. */
static void
succeed(struct pool *pool, struct pool_session *keeper,
        struct pool_session *fresh)
{
    mutex_lock(&pool->lock);
    pool_enlist_locked(pool, fresh);
    pool->keeper = fresh;
    atomic_store(&pool->keeper_epoch, fresh->epoch);
    keeper->is_keeper = false;
    pool->n_sessions++;
    mutex_unlock(&pool->lock);
}

/* With the token's turn: whoever opens its first session, or logs in, uses the
 * keeper without taking it. */
static bool
renew_keeper(struct pool *pool)
{
    struct turn *its_turn = &pool->member->token->login.turn;
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct pool_session *keeper, *fresh;
    bool is_used;

    if (!turn_take(its_turn, deadline_now()))
        return false;
    turn = its_turn;
    keeper = pool_take_resting(pool, &is_used);
    if (keeper == NULL)
        return !is_used;
    if (!has_room(pool) ||
        pool_open(pool, NULL, keeper->flags, &fresh) != CKR_OK) {
        pool_give_keeper(keeper);
        return false;
    }
    succeed(pool, keeper, fresh);
    pool_give_keeper(fresh);
    pool_close(keeper, COUNTER_CLOSE_DRAINED);
    return true;
}

bool
pool_renew(struct pool *pool)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    mark_all(pool);
    pool_drain(pool, false);
    return renew_keeper(pool);
}
