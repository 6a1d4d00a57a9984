/* SPDX-License-Identifier: BSD-3-Clause */
/* What a taker does when nothing is idle: it waits in the order of arrival,
 * or opens another backend session. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "router/pool-private.h"
#include "router/process.h"
#include "router/session-notice.h"
#include "router/watch.h"

#include <inttypes.h>

/* -- The queue ---------------------------------------------------------------
 */

/* At the end, or where it was before it left to open one in vain. */
static void
join_locked(struct pool *pool, struct pool_waiter *waiter, bool is_again)
    REQUIRES(pool->lock)
{
    struct pool_waiter **link =
        is_again ? &pool->first_waiter : pool->last_waiter;

    while (*link != NULL && (*link)->since <= waiter->since)
        link = &(*link)->next;
    waiter->next = *link;
    *link = waiter;
    if (waiter->next == NULL)
        pool->last_waiter = &waiter->next;
    atomic_fetch_add(&pool->n_waiting, 1);
    session_queue(waiter->session, pool->member->index);
}

static void
leave_locked(struct pool *pool, struct pool_waiter *waiter) REQUIRES(pool->lock)
{
    struct pool_waiter **link = &pool->first_waiter;

    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    if (pool->last_waiter == &waiter->next)
        pool->last_waiter = link;
    atomic_fetch_sub(&pool->n_waiting, 1);
    atomic_store(&waiter->session->waits, false);
    session_unqueue(waiter->session);
}

/* To whoever has waited longest of those it fits. */
void
pool_offer_locked(struct pool *pool, struct pool_session *pooled)
{
    uintptr_t owner = atomic_load(&pooled->owner);

    if (!pool_is_idle(owner) || pool_is_paused(pool))
        return;
    for (struct pool_waiter *waiter = pool->first_waiter; waiter != NULL;
         waiter = waiter->next) {
        if (!pool_fits(pooled, waiter->want) ||
            pool_refuses(pool, waiter->session))
            continue;
        if (!pool_take_if_owned_by(pooled, owner, waiter->session))
            return;
        leave_locked(pool, waiter);
        atomic_store(&waiter->given, pooled);
        wake_up_last(&waiter->wake);
        return;
    }
    /* It serves nobody who waits: it may have to make room. */
    if (pool->first_waiter != NULL)
        wake_up(&pool->first_waiter->wake);
}

void
pool_offer(struct pool *pool, struct pool_session *pooled)
{
    /* The look comes after the store of the owner: who begins to wait makes
     * all threads pass a barrier in between, and then looks itself. */
    session_notice_order();
    if (__builtin_expect(atomic_load_explicit(&pool->n_waiting,
                                              memory_order_relaxed) == 0,
                         1))
        return;
    mutex_lock(&pool->lock);
    pool_offer_locked(pool, pooled);
    mutex_unlock(&pool->lock);
}

void
pool_offer_room(struct pool *pool)
{
    if (atomic_load(&pool->n_waiting) == 0)
        return;
    mutex_lock(&pool->lock);
    if (pool->first_waiter != NULL)
        wake_up(&pool->first_waiter->wake);
    mutex_unlock(&pool->lock);
}

void
pool_rouse(struct pool *pool)
{
    mutex_lock(&pool->lock);
    for (struct pool_waiter *waiter = pool->first_waiter; waiter != NULL;
         waiter = waiter->next)
        wake_up(&waiter->wake);
    condition_broadcast(&pool->keeper_changed);
    mutex_unlock(&pool->lock);
}

/* -- Waiting -----------------------------------------------------------------
 */

/* Where the new one finds what was given back before it began to wait. */
static void
look_around_locked(struct pool *pool) REQUIRES(pool->lock)
{
    struct pool_session *pooled;

    for (pooled = pool->sessions; pooled != NULL && pool->first_waiter != NULL;
         pooled = pooled->sibling)
        pool_offer_locked(pool, pooled);
}

/* The one that serves everybody has been closed: it was not fit any more. */
static bool
is_keeper_missing_locked(const struct pool *pool) REQUIRES(pool->lock)
{
    return pool->shares_keeper &&
           atomic_load(&pool->keeper_state) == KEEPER_NONE;
}

/* In line, with every other thread knowing that somebody waits. */
static void
begin_to_wait(struct pool *pool, struct pool_waiter *waiter, bool is_again)
{
    bool is_first;

    mutex_lock(&pool->lock);
    is_first = pool->first_waiter == NULL;
    join_locked(pool, waiter, is_again);
    if (!is_first && !pool->rotates)
        look_around_locked(pool);
    mutex_unlock(&pool->lock);
    if (!is_first)
        return;
    session_notice_barrier();
    mutex_lock(&pool->lock);
    if (!pool->rotates)
        look_around_locked(pool);
    mutex_unlock(&pool->lock);
}

enum waiting { WAIT_ON, WAIT_IS_OVER, WAIT_TO_GROW, WAIT_TO_KEEP };

/* Nothing comes back, or another member of the group has to answer. */
static bool
is_useless(const struct pool *pool, const struct session *session)
{
    const struct member *member = pool->member;

    return member_is_stuck(member) || pool_refuses(pool, session) ||
           (member->token->mode != GROUP_SINGLE &&
            (!member_health_is_good(&member->health) ||
             (member_is_passed_over(member) &&
              !session->attempt.waits_for_slow)));
}

/* What there is to do for one that has not been given anything; `look` is
 * when to ask again. */
static enum waiting
go_on_locked(struct pool *pool, struct pool_waiter *waiter,
             struct deadline until, struct pool_session **useless,
             struct deadline *look) REQUIRES(pool->lock)
{
    if (atomic_load(&waiter->given) != NULL)
        return WAIT_IS_OVER;
    if (pool_is_paused(pool))
        atomic_store(&waiter->session->waits, true);
    if (!process_is_serving() || is_useless(pool, waiter->session)) {
        leave_locked(pool, waiter);
        return WAIT_IS_OVER;
    }
    if (is_keeper_missing_locked(pool) && !pool_is_at_rest(pool)) {
        leave_locked(pool, waiter);
        return WAIT_TO_KEEP;
    }
    switch (pool_may_grow_locked(pool, waiter, until, useless, &look->at)) {
    case GROW_NOT:
        break;
    case GROW_BACK:
        leave_locked(pool, waiter);
        atomic_store(&waiter->given, *useless);
        return WAIT_IS_OVER;
    default:
        leave_locked(pool, waiter);
        pool->n_opening++;
        return WAIT_TO_GROW;
    }
    if (deadline_has_passed(until)) {
        leave_locked(pool, waiter);
        return WAIT_IS_OVER;
    }
    if (look->at > until.at)
        *look = until;
    return WAIT_ON;
}

/* Its place in the queue, until something is given or may be opened. */
static enum waiting
wait_in_line(struct pool *pool, struct pool_waiter *waiter,
             struct deadline until, struct pool_session **useless)
{
    enum waiting waiting;

    *useless = NULL;
    do {
        struct deadline look = { 0 };

        wake_clear(&waiter->wake);
        mutex_lock(&pool->lock);
        waiting = go_on_locked(pool, waiter, until, useless, &look);
        mutex_unlock(&pool->lock);
        if (waiting == WAIT_ON) {
            waiter->has_waited = true;
            wake_wait(&waiter->wake, watch_until(look));
            watch_look();
        }
        /* Else whoever gives may not be done with the waiter: the lock tells,
         * which it holds. */
    } while (waiting == WAIT_ON && !wake_is_last(&waiter->wake));
    return waiting == WAIT_ON ? WAIT_IS_OVER : waiting;
}

static CK_RV
refuse(struct pool *pool, const struct session *session)
{
    size_t n_used = 0;

    if (!process_is_serving())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (is_useless(pool, session))
        return CKR_FUNCTION_FAILED;
    counts_note(pool->counts, COUNTER_WAITS_TIMED_OUT);
    mutex_lock(&pool->lock);
    for (struct pool_session *pooled = pool->sessions; pooled != NULL;
         pooled = pooled->sibling)
        n_used += pool_is_idle(atomic_load(&pooled->owner)) ? 0 : 1;
    mutex_unlock(&pool->lock);
    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": no backend session came free in %" PRIu64
              " ms: %zu are in use, %" PRIu32
              " more calls wait; raise pool.size or pool.wait, or end "
              "operations that are left open",
              pool->member->token->label, pool->settings->wait_ms, n_used,
              atomic_load(&pool->n_waiting));
    return CKR_FUNCTION_FAILED;
}

/* Then it is offered to whoever is first. */
static CK_RV
restore_keeper(struct pool *pool)
{
    CK_RV rv = pool_keep_again(pool);

    return rv == CKR_OK ? CKR_SESSION_COUNT : rv;
}

/* CKR_SESSION_COUNT: it is to wait again. */
static CK_RV
wait_or_open(struct pool *pool, struct pool_waiter *waiter,
             struct deadline until)
{
    struct pool_session *useless;

    switch (wait_in_line(pool, waiter, until, &useless)) {
    case WAIT_TO_GROW:
        return pool_grow(pool, waiter, useless);
    case WAIT_TO_KEEP:
        return restore_keeper(pool);
    default:
        return CKR_OK;
    }
}

CK_RV
pool_queue(struct pool *pool, struct session *session, enum pool_want want,
           struct pool_session **out)
{
    /* What it counts, or is given, would be nobody's. */
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct pool_waiter waiter = { .session = session,
                                  .want = want,
                                  .since = clock_now() };
    struct deadline until = deadline_in(pool->settings->wait_ms);
    CK_RV rv = CKR_OK;

    do {
        begin_to_wait(pool, &waiter, rv == CKR_SESSION_COUNT);
        rv = wait_or_open(pool, &waiter, until);
    } while (rv == CKR_SESSION_COUNT);
    *out = atomic_load(&waiter.given);
    if (waiter.has_waited)
        counts_note_wait(pool->counts, (clock_now() - waiter.since) / 1000);
    return rv == CKR_OK && *out == NULL ? refuse(pool, session) : rv;
}
