/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions: opened where the member is, closed, and the keeper. */
#include "common/clock.h"
#include "router/login.h"
#include "router/pool-private.h"
#include "router/process.h"

#include <stdlib.h>

/* While a device that other processes share has no session left, it is asked
 * again this often (R3.6). */
enum { FIRST_BACK_OFF_MS = 20, LAST_BACK_OFF_MS = 2000 };

/* Told from each other by this: a life that is over and a new one. */
static _Atomic(uint32_t) lives;
static const uint32_t is_own_life = UINT32_C(1) << 31;

bool
pool_is_exhausted(CK_RV rv)
{
    return rv == CKR_SESSION_COUNT || rv == CKR_TOKEN_RESOURCE_EXCEEDED ||
           rv == CKR_DEVICE_MEMORY;
}

/* -- Records --------------------------------------------------------------- */

/* A line of its own: its owner word is what threads compete for. */
static struct pool_session *
new_record(struct pool *pool)
{
    enum { LINE = 64 };
    size_t size = (sizeof(struct pool_session) + LINE - 1) / LINE * LINE;
    struct pool_session *pooled = aligned_alloc(LINE, size);

    if (pooled == NULL)
        return NULL;
    *pooled = (struct pool_session){ .member = pool->member, .pool = pool };
    return pooled;
}

struct pool_session *
pool_take_record(struct pool *pool)
{
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    pooled = pool->spare;
    if (pooled != NULL)
        pool->spare = pooled->sibling;
    mutex_unlock(&pool->lock);
    return pooled != NULL ? pooled : new_record(pool);
}

void
pool_give_record(struct pool *pool, struct pool_session *pooled)
{
    pooled->is_keeper = false;
    atomic_store(&pooled->owner, 0);
    mutex_lock(&pool->lock);
    pooled->sibling = pool->spare;
    pool->spare = pooled;
    mutex_unlock(&pool->lock);
}

/* -- Opening ----------------------------------------------------------------
 */

/* Never with the application's callback: it would see the vendor's handle
 * (R3.30). */
static CK_RV
open_backend_session(const struct member_place *place, CK_FLAGS flags,
                     CK_SESSION_HANDLE *out)
{
    CK_RV rv;

    backend_enter(place->backend);
    rv = place->functions->C_OpenSession(place->slot, flags, NULL, NULL, out);
    backend_leave(place->backend);
    return rv;
}

/* Opens a session where the member is; another place by then is a failure
 * that nobody has to know the place of. */
static CK_RV
open_at_member(struct pool_session *pooled, CK_FLAGS flags)
{
    struct member_place place;
    CK_RV rv;

    member_read(pooled->member, &place);
    rv = open_backend_session(&place, flags, &pooled->handle);
    pooled->functions = place.functions;
    pooled->backend = place.backend;
    pooled->flags = flags;
    pooled->epoch = place.epoch;
    if (rv != CKR_OK || atomic_load(&pooled->member->epoch) == place.epoch)
        return rv;
    backend_enter(place.backend);
    (void)place.functions->C_CloseSession(pooled->handle);
    backend_leave(place.backend);
    return CKR_DEVICE_REMOVED;
}

/* What opening costs is what waiting for somebody else's is weighed with. */
static void
note_cost(struct pool *pool, uint64_t cost)
{
    mutex_lock(&pool->lock);
    pool->open_cost =
        pool->open_cost == 0 ? cost + 1 : (3 * pool->open_cost + cost) / 4 + 1;
    mutex_unlock(&pool->lock);
}

/* `lifetime`, give or take a tenth, so that not all end at once. */
static uint64_t
expiry(const struct pool *pool, uint32_t life, uint64_t now)
{
    uint64_t lifetime = pool->settings->lifetime_ms * 1000 * 1000;
    uint64_t share = life * UINT32_C(2654435761) >> 8 & 0xff;

    if (lifetime == 0)
        return UINT64_MAX;
    return now + lifetime - lifetime / 10 + lifetime / 5 * share / 0xff;
}

CK_RV
pool_open(struct pool *pool, struct session *session, CK_FLAGS flags,
          struct pool_session **out)
{
    struct pool_session *pooled = pool_take_record(pool);
    uint64_t started = clock_now();
    const struct config_profile *settings;
    uint32_t life;
    CK_RV rv;

    if (pooled == NULL)
        return CKR_HOST_MEMORY;
    atomic_store(&pooled->owner, (uintptr_t)session);
    pooled->is_keeper = session == NULL;
    rv = open_at_member(pooled, flags);
    if (rv != CKR_OK) {
        pool_give_record(pool, pooled);
        return rv;
    }
    note_cost(pool, clock_now() - started);
    life = atomic_fetch_add(&lives, 1);
    settings = &backend_profile(pooled->backend)->settings;
    pooled->handles = settings->handle_scope == SCOPED_SESSION
                          ? life | is_own_life
                          : pooled->epoch;
    pooled->is_lent = pool->settings->mode == POOL_OPERATION &&
                      settings->handle_scope != SCOPED_SESSION;
    pooled->idle_since = started;
    pooled->expires = expiry(pool, life, started);
    atomic_store(&pooled->doubts, 0);
    object_home_begin(&pooled->home, life);
    login_meet(pooled);
    *out = pooled;
    return CKR_OK;
}

/* -- Closing ----------------------------------------------------------------
 */

static void
strike_off_locked(struct pool *pool, struct pool_session *pooled)
    REQUIRES(pool->lock)
{
    if (pooled->previous != NULL)
        pooled->previous->sibling = pooled->sibling;
    else
        pool->sessions = pooled->sibling;
    if (pooled->sibling != NULL)
        pooled->sibling->previous = pooled->previous;
    if (!pooled->is_keeper) {
        pool->n_sessions--;
        return;
    }
    pool->keeper = NULL;
    atomic_store(&pool->keeper_state, KEEPER_NONE);
}

void
pool_enlist_locked(struct pool *pool, struct pool_session *pooled)
{
    pooled->previous = NULL;
    pooled->sibling = pool->sessions;
    if (pool->sessions != NULL)
        pool->sessions->previous = pooled;
    pool->sessions = pooled;
    if (!pooled->is_keeper)
        pool->n_sessions++;
}

void
pool_close(struct pool_session *pooled)
{
    struct pool *pool = pooled->pool;

    mutex_lock(&pool->lock);
    strike_off_locked(pool, pooled);
    mutex_unlock(&pool->lock);
    object_home_end(&pooled->home);
    /* Else it died with an earlier life of the member. */
    if (pooled->epoch == atomic_load(&pooled->member->epoch)) {
        backend_enter(pooled->backend);
        (void)pooled->functions->C_CloseSession(pooled->handle);
        backend_leave(pooled->backend);
    }
    pool_give_record(pool, pooled);
    pool_offer_room(pool);
}

/* -- The keeper -------------------------------------------------------------
 */

/* How many sessions there may be besides the keeper, and whether it has to
 * serve operations too (R3.4, R3.6). */
static void
learn_limits(struct pool *pool, const struct pool_session *keeper)
{
    const struct config_profile *settings =
        &backend_profile(keeper->backend)->settings;
    CK_SLOT_ID slot = atomic_load(&pool->member->slot);
    size_t size = pool->settings->size, total;
    CK_TOKEN_INFO info = { .ulMaxSessionCount = 0 };
    bool is_known, is_single;

    backend_enter(keeper->backend);
    is_known = keeper->functions->C_GetTokenInfo(slot, &info) == CKR_OK;
    backend_leave(keeper->backend);
    total = settings->max_sessions != 0 ? settings->max_sessions
                                        : info.ulMaxSessionCount;
    if (!is_known || total == CK_UNAVAILABLE_INFORMATION ||
        total == CK_EFFECTIVELY_INFINITE)
        total = SIZE_MAX;
    is_single = total == 1 || (is_known && (info.ulMaxRwSessionCount == 1 ||
                                            info.ulMaxRwSessionCount == 2));
    mutex_lock(&pool->lock);
    pool->limit = size != 0 && total != 1 ? size : total;
    if (size == 0 && total != SIZE_MAX)
        pool->limit = total - 1;
    if (total == 1)
        pool->limit = 0;
    pool->is_single = is_single;
    pool->shares_keeper = is_single;
    pool->is_write_protected =
        is_known && (info.flags & CKF_WRITE_PROTECTED) != 0;
    mutex_unlock(&pool->lock);
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
            !process_is_serving())
            return rv;
        mutex_lock(&pool->lock);
        (void)condition_wait(&pool->keeper_changed, &pool->lock,
                             deadline_in(pause));
        mutex_unlock(&pool->lock);
        pause = pause * 2 < LAST_BACK_OFF_MS ? pause * 2 : LAST_BACK_OFF_MS;
    }
}

/* True when this thread is the one that opens it. */
static bool
begin_keeping(struct pool *pool, CK_RV *rv)
{
    struct deadline until = deadline_in(pool->settings->wait_ms);
    bool is_ours = false;

    *rv = CKR_OK;
    mutex_lock(&pool->lock);
    while (atomic_load(&pool->keeper_state) == KEEPER_OPENING && *rv == CKR_OK)
        if (!condition_wait(&pool->keeper_changed, &pool->lock, until))
            *rv = CKR_FUNCTION_FAILED;
    if (*rv == CKR_OK && atomic_load(&pool->keeper_state) == KEEPER_NONE) {
        atomic_store(&pool->keeper_state, KEEPER_OPENING);
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
    if (keeper == NULL)
        return;
    pool_close(keeper);
    login_forget(pool->member->token);
}

CK_RV
pool_keep(struct pool *pool)
{
    struct pool_session *keeper = NULL;
    CK_RV rv;

    if (pool->settings->mode == POOL_NONE)
        return CKR_OK;
    if (atomic_load(&pool->keeper_state) == KEEPER_OPEN)
        forget_stale_keeper(pool);
    if (atomic_load(&pool->keeper_state) == KEEPER_OPEN)
        return CKR_OK;
    if (!begin_keeping(pool, &rv))
        return rv;
    rv = open_keeper_in_time(pool, &keeper);
    mutex_lock(&pool->lock);
    if (rv == CKR_OK) {
        pool_enlist_locked(pool, keeper);
        pool->keeper = keeper;
        atomic_store(&keeper->owner, 0);
    }
    atomic_store(&pool->keeper_state, rv == CKR_OK ? KEEPER_OPEN : KEEPER_NONE);
    condition_broadcast(&pool->keeper_changed);
    mutex_unlock(&pool->lock);
    return rv;
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
    struct pool *locked = (struct pool *)(uintptr_t)pool;
    bool is_protected;

    mutex_lock(&locked->lock);
    is_protected = pool->is_write_protected;
    mutex_unlock(&locked->lock);
    return is_protected;
}
