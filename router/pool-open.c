/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions: opened where the member is, and closed. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "router/call.h"
#include "router/login.h"
#include "router/pool-private.h"
#include "router/watch.h"

#include <stdlib.h>

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
    pooled->next_record = atomic_load(&pool->records);
    while (!atomic_compare_exchange_weak(&pool->records, &pooled->next_record,
                                         pooled))
        continue;
    return pooled;
}

static struct pool_session *
take_record(struct pool *pool)
{
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    pooled = pool->spare;
    if (pooled != NULL)
        pool->spare = pooled->sibling;
    mutex_unlock(&pool->lock);
    return pooled != NULL ? pooled : new_record(pool);
}

/* Never idle from here to its next life: who has just parked it may still
 * offer it, though somebody else has taken and closed it since. */
static void
give_record(struct pool *pool, struct pool_session *pooled)
{
    pooled->is_keeper = false;
    atomic_store(&pooled->owner, (uintptr_t)POOL_ITSELF);
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
open_backend_session(struct member *member, const struct member_place *place,
                     struct session *session, CK_FLAGS flags,
                     CK_SESSION_HANDLE *out)
{
    struct stay stay;
    CK_RV rv;

    if (!stay_begin(&stay, member, place->backend, session, CALL_C_OpenSession))
        return CKR_FUNCTION_FAILED;
    rv = place->functions->C_OpenSession(place->slot, flags, NULL, NULL, out);
    stay_end(&stay);
    return rv;
}

/* False where a call there hangs: then it is still open. */
static bool
close_backend_session(const struct pool_session *pooled)
{
    struct stay stay;

    if (!pool_enter(pooled, CALL_C_CloseSession, &stay))
        return false;
    (void)pooled->functions->C_CloseSession(pooled->handle);
    stay_end(&stay);
    return true;
}

/* Opens a session where the member is. False: by then it is in another place,
 * or has begun another life. */
static bool
try_to_open(struct pool_session *pooled, struct session *session,
            CK_FLAGS flags, CK_RV *rv)
{
    struct member_place place;

    member_read(pooled->member, &place);
    *rv = open_backend_session(pooled->member, &place, session, flags,
                               &pooled->handle);
    pooled->functions = place.functions;
    pooled->backend = place.backend;
    pooled->flags = flags;
    pooled->epoch = place.epoch;
    if (*rv != CKR_OK || atomic_load(&pooled->member->epoch) == place.epoch)
        return true;
    (void)close_backend_session(pooled);
    return false;
}

/* Who has found that the device has forgotten all sessions begins another life
 * of the member while others open theirs: they open them in that one. */
static CK_RV
open_at_member(struct pool_session *pooled, struct session *session,
               CK_FLAGS flags)
{
    enum { TRIES = 4 };
    CK_RV rv = CKR_DEVICE_REMOVED;

    for (int i = 0; i < TRIES; i++)
        if (try_to_open(pooled, session, flags, &rv))
            return rv;
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

/* By its own list, before it was completed (R3.22). */
static bool
has_validation(const struct backend *backend)
{
    CK_VERSION version = backend_version(backend);

    return version.major > 3 || (version.major == 3 && version.minor >= 2);
}

CK_RV
pool_open(struct pool *pool, struct session *session, CK_FLAGS flags,
          struct pool_session **out)
{
    struct pool_session *pooled = take_record(pool);
    uint32_t renewals = atomic_load(&pool->renewals);
    uint64_t started = clock_now();
    const struct config_profile *settings;
    uint32_t life;
    CK_RV rv;

    if (pooled == NULL)
        return CKR_HOST_MEMORY;
    atomic_store(&pooled->owner,
                 (uintptr_t)(session == NULL ? POOL_ITSELF : session));
    pooled->is_keeper = session == NULL;
    rv = open_at_member(pooled, session, flags);
    counts_note(pool->counts,
                rv == CKR_OK ? COUNTER_OPENS : COUNTER_OPENS_FAILED);
    if (rv != CKR_OK) {
        give_record(pool, pooled);
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
    pooled->validates = pooled->is_lent && has_validation(pooled->backend);
    pooled->idle_since = started;
    pooled->touched = started;
    pooled->renewals = renewals;
    pooled->expires = expiry(pool, life, started);
    atomic_store(&pooled->doubts, 0);
    pooled->is_late = false;
    object_home_begin(&pooled->home, life);
    login_meet(pooled);
    *out = pooled;
    return CKR_OK;
}

/* -- Closing ----------------------------------------------------------------
 */

/* It counts until it is closed: the device has it so long, and nobody may open
 * another one in its place. */
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
    if (pooled->is_keeper) {
        pool->keeper = NULL;
        atomic_store(&pool->keeper_state, KEEPER_CHANGING);
    }
}

static void
discount_locked(struct pool *pool, const struct pool_session *pooled)
    REQUIRES(pool->lock)
{
    if (!pooled->is_keeper) {
        pool->n_sessions--;
        return;
    }
    atomic_store(&pool->keeper_state, KEEPER_NONE);
    condition_broadcast(&pool->keeper_changed);
}

static void
link_locked(struct pool *pool, struct pool_session *pooled) REQUIRES(pool->lock)
{
    pooled->previous = NULL;
    pooled->sibling = pool->sessions;
    if (pool->sessions != NULL)
        pool->sessions->previous = pooled;
    pool->sessions = pooled;
}

void
pool_enlist_locked(struct pool *pool, struct pool_session *pooled)
{
    link_locked(pool, pooled);
    if (pooled->is_keeper)
        return;
    pool->n_sessions++;
    if (pooled->renewals != atomic_load(&pool->renewals))
        atomic_fetch_or(&pooled->doubts, POOL_OUTLIVED | POOL_REPLACED);
}

/* What was struck off could not be closed. */
static void
put_back_locked(struct pool *pool, struct pool_session *pooled)
    REQUIRES(pool->lock)
{
    link_locked(pool, pooled);
    if (!pooled->is_keeper)
        return;
    pool->keeper = pooled;
    atomic_store(&pool->keeper_state, KEEPER_OPEN);
    condition_broadcast(&pool->keeper_changed);
}

/* Nobody goes to the member: until somebody does it stays as it is, and is
 * nobody's. */
static void
put_off_locked(struct pool_session *pooled, enum counter_close why)
{
    pooled->is_late = true;
    pooled->why_late = why;
    atomic_store(&pooled->owner, (uintptr_t)POOL_ITSELF);
}

static struct pool_session *
take_late(struct pool *pool)
{
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    pooled = pool->sessions;
    while (pooled != NULL && !pooled->is_late)
        pooled = pooled->sibling;
    if (pooled != NULL)
        pooled->is_late = false;
    mutex_unlock(&pool->lock);
    return pooled;
}

static bool
is_left_alone(const struct member *member)
{
    return member_is_stuck(member) || member_is_passed_over(member);
}

void
pool_close(struct pool_session *pooled, enum counter_close why)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    struct pool *pool = pooled->pool;
    bool is_late = is_left_alone(pooled->member);

    mutex_lock(&pool->lock);
    if (is_late)
        put_off_locked(pooled, why);
    else
        strike_off_locked(pool, pooled);
    mutex_unlock(&pool->lock);
    if (is_late)
        return;
    object_home_end(&pooled->home);
    /* Else it died with an earlier life of the member. */
    if (pooled->epoch == atomic_load(&pooled->member->epoch))
        is_late = !close_backend_session(pooled);
    mutex_lock(&pool->lock);
    if (is_late) {
        put_back_locked(pool, pooled);
        put_off_locked(pooled, why);
    } else {
        discount_locked(pool, pooled);
    }
    mutex_unlock(&pool->lock);
    if (is_late)
        return;
    atomic_fetch_add(&pool->counts->closes[why], 1);
    give_record(pool, pooled);
    pool_offer_room(pool);
}

/* One that hangs again ends this, and is late once more. */
void
pool_close_late(struct pool *pool)
{
    struct pool_session *pooled;

    while (!is_left_alone(pool->member) && (pooled = take_late(pool)) != NULL)
        pool_close(pooled, pooled->why_late);
}
