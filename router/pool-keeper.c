/* SPDX-License-Identifier: BSD-3-Clause */
/* The keeper: the backend session that holds a token's login (R3.4). */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "router/call.h"
#include "router/pause.h"
#include "router/pool-private.h"
#include "router/process.h"
#include "router/watch.h"

/* While a device that other processes share has no session left, it is asked
 * again this often (R3.6). */
enum { FIRST_BACK_OFF_MS = 20, LAST_BACK_OFF_MS = 2000 };

void
pool_set_limit_locked(struct pool *pool)
{
    const struct config_pool *settings = pool->settings;

    if (pool->total == 1)
        pool->limit = 0;
    else if (settings->size != 0)
        pool->limit = settings->size;
    else
        pool->limit = pool->total == SIZE_MAX ? SIZE_MAX : pool->total - 1;
}

/* How many sessions there may be besides the keeper, and whether it has to
 * serve operations too (R3.4, R3.6). */
static void
learn_limits(struct pool *pool, const struct pool_session *keeper)
{
    const struct config_profile *settings =
        &backend_profile(keeper->backend)->settings;
    CK_SLOT_ID slot = atomic_load(&pool->member->slot);
    size_t total;
    CK_TOKEN_INFO info = { .ulMaxSessionCount = 0 };
    bool is_known = false, is_single;
    struct stay stay;

    if (stay_begin(&stay, pool->member, keeper->backend, NULL,
                   CALL_C_GetTokenInfo)) {
        is_known = keeper->functions->C_GetTokenInfo(slot, &info) == CKR_OK;
        stay_end(&stay);
    }
    total = settings->max_sessions != 0 ? settings->max_sessions
                                        : info.ulMaxSessionCount;
    if (!is_known || total == CK_UNAVAILABLE_INFORMATION ||
        total == CK_EFFECTIVELY_INFINITE)
        total = SIZE_MAX;
    is_single = total == 1 || (is_known && (info.ulMaxRwSessionCount == 1 ||
                                            info.ulMaxRwSessionCount == 2));
    mutex_lock(&pool->lock);
    pool->total = total;
    pool_set_limit_locked(pool);
    pool->is_single = is_single;
    pool->shares_keeper = is_single;
    mutex_unlock(&pool->lock);
    atomic_store(&pool->is_write_protected,
                 is_known && (info.flags & CKF_WRITE_PROTECTED) != 0);
}

static CK_RV
open_keeper(struct pool *pool, struct pool_session **out)
{
    static const CK_FLAGS read_only = CKF_SERIAL_SESSION;
    CK_RV rv = pool_open(pool, NULL, read_only | CKF_RW_SESSION, out);

    if (rv == CKR_TOKEN_WRITE_PROTECTED)
        rv = pool_open(pool, NULL, read_only, out);
    if (rv == CKR_OK)
        learn_limits(pool, *out);
    return rv;
}

/* While the device's sessions are all in use, by other processes perhaps, it
 * is asked again. */
static CK_RV
open_keeper_in_time(struct pool *pool, struct pool_session **out)
{
    struct deadline until = deadline_in(pool->settings->wait_ms);
    uint64_t pause = FIRST_BACK_OFF_MS;
    CK_RV rv;

    for (;;) {
        rv = open_keeper(pool, out);
        if (!pool_is_exhausted(rv) || deadline_has_passed(until) ||
            !process_is_serving() || member_is_stuck(pool->member))
            return rv;
        mutex_lock(&pool->lock);
        (void)condition_wait(&pool->keeper_changed, &pool->lock,
                             deadline_in(pause));
        mutex_unlock(&pool->lock);
        pause = pause * 2 < LAST_BACK_OFF_MS ? pause * 2 : LAST_BACK_OFF_MS;
    }
}

/* Looking takes a lock that stands above the pool's. */
static void
wait_for_keeper_locked(struct pool *pool, struct deadline until)
    REQUIRES(pool->lock)
{
    struct deadline look;

    mutex_unlock(&pool->lock);
    watch_look();
    look = watch_until(until);
    mutex_lock(&pool->lock);
    if (atomic_load(&pool->keeper_state) == KEEPER_CHANGING &&
        !member_is_stuck(pool->member) && process_is_serving())
        (void)condition_wait(&pool->keeper_changed, &pool->lock, look);
}

/* True when this thread is the one that opens it; else it waits for that one,
 * if there is time. Nobody does while it is at rest. */
static bool
begin_keeping(struct pool *pool, struct deadline until, CK_RV *rv)
{
    bool is_ours = false;

    *rv = CKR_OK;
    mutex_lock(&pool->lock);
    while (atomic_load(&pool->keeper_state) == KEEPER_CHANGING &&
           *rv == CKR_OK) {
        if (!process_is_serving())
            *rv = CKR_CRYPTOKI_NOT_INITIALIZED;
        else if (member_is_stuck(pool->member) || deadline_has_passed(until))
            *rv = CKR_FUNCTION_FAILED;
        else
            wait_for_keeper_locked(pool, until);
    }
    if (*rv == CKR_OK && atomic_load(&pool->keeper_state) == KEEPER_NONE &&
        !pool_is_at_rest(pool)) {
        atomic_store(&pool->keeper_state, KEEPER_CHANGING);
        is_ours = true;
    }
    mutex_unlock(&pool->lock);
    return is_ours;
}

/* The keeper of an earlier life of the member keeps nothing. */
static void
forget_stale_keeper(struct pool *pool)
{
    struct pool_session *keeper;
    uintptr_t owner;

    mutex_lock(&pool->lock);
    keeper = pool->keeper;
    owner = keeper == NULL ? 0 : atomic_load(&keeper->owner);
    if (keeper != NULL && (keeper->epoch == atomic_load(&pool->member->epoch) ||
                           !pool_is_idle(owner) ||
                           !pool_take_if_owned_by(keeper, owner, POOL_ITSELF)))
        keeper = NULL;
    mutex_unlock(&pool->lock);
    if (keeper != NULL)
        pool_close(keeper, COUNTER_CLOSE_LOST);
}

static CK_RV
keep(struct pool *pool)
{
    struct pool_session *keeper = NULL;
    CK_RV rv = open_keeper_in_time(pool, &keeper);

    mutex_lock(&pool->lock);
    if (rv == CKR_OK) {
        pool_enlist_locked(pool, keeper);
        pool->keeper = keeper;
        atomic_store(&pool->keeper_epoch, keeper->epoch);
        atomic_store(&keeper->owner, 0);
    }
    atomic_store(&pool->keeper_state, rv == CKR_OK ? KEEPER_OPEN : KEEPER_NONE);
    condition_broadcast(&pool->keeper_changed);
    mutex_unlock(&pool->lock);
    if (rv != CKR_OK)
        pool_offer_room(pool); /* who waits for it tries too */
    return rv;
}

/* One load of each, for every session that is opened. */
static bool
is_kept(const struct pool *pool)
{
    return atomic_load(&pool->keeper_state) == KEEPER_OPEN &&
           atomic_load(&pool->keeper_epoch) ==
               atomic_load(&pool->member->epoch);
}

/* Others wait for it: a thread that is cancelled comes to its end first. */
static CK_RV
keep_anew(struct pool *pool, struct session *session)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CK_RV rv;

    do {
        rv = pause_wait(pool, session);
        if (rv != CKR_OK)
            return rv;
        forget_stale_keeper(pool);
        if (atomic_load(&pool->keeper_state) == KEEPER_OPEN)
            return CKR_OK;
        if (begin_keeping(pool, deadline_in(pool->settings->wait_ms), &rv))
            return keep(pool);
    } while (rv == CKR_OK && pool_is_paused(pool));
    return rv;
}

CK_RV
pool_keep(struct pool *pool, struct session *session)
{
    return pool->settings->mode == POOL_NONE || is_kept(pool)
               ? CKR_OK
               : keep_anew(pool, session);
}

bool
pool_check_keeper(struct pool *pool)
{
    struct pool_session *keeper;
    uintptr_t owner;

    mutex_lock(&pool->lock);
    keeper = pool->keeper;
    owner = keeper == NULL ? 0 : atomic_load(&keeper->owner);
    if (keeper != NULL &&
        ((atomic_load(&keeper->doubts) & POOL_UNCHECKED) == 0 ||
         !pool_is_idle(owner) ||
         !pool_take_if_owned_by(keeper, owner, POOL_ITSELF)))
        keeper = NULL;
    mutex_unlock(&pool->lock);
    if (keeper == NULL)
        return true;
    if (pool_settle(keeper)) {
        pool_give_keeper(keeper);
        return true;
    }
    return member_is_usable(pool->member) && pool_keep_again(pool) == CKR_OK;
}

CK_RV
pool_keep_again(struct pool *pool)
{
    CK_RV rv;

    return begin_keeping(pool, deadline_now(), &rv) ? keep(pool) : CKR_OK;
}

struct pool_session *
pool_keeper(struct pool *pool)
{
    struct pool_session *keeper;

    mutex_lock(&pool->lock);
    keeper = pool->keeper;
    mutex_unlock(&pool->lock);
    return keeper;
}

bool
pool_is_write_protected(const struct pool *pool)
{
    return atomic_load(&pool->is_write_protected);
}

bool
pool_take_keeper(struct pool *pool, struct session *session,
                 struct pool_session **out)
{
    struct pool_session *keeper;
    uintptr_t owner;

    if (pool->settings->mode == POOL_NONE || pool_keep(pool, session) != CKR_OK)
        return false;
    mutex_lock(&pool->lock);
    keeper = pool->keeper;
    owner = keeper == NULL ? 0 : atomic_load(&keeper->owner);
    if (keeper != NULL && (!pool_is_idle(owner) ||
                           !pool_take_if_owned_by(keeper, owner, session)))
        keeper = NULL;
    mutex_unlock(&pool->lock);
    *out = keeper;
    return keeper != NULL;
}

void
pool_give_keeper(struct pool_session *keeper)
{
    atomic_store_explicit(&keeper->owner, 0, memory_order_release);
    pool_offer(keeper->pool, keeper);
}
