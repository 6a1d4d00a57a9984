/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions that nobody uses are closed before their time. */
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
