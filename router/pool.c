/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend sessions: opened, lent by an owner word, parked, stolen, closed. */
#include "router/pool.h"

#include "common/lock.h"
#include "router/session.h"
#include "router/token.h"

#include <stdlib.h>

struct pool {
    struct mutex lock; /* the list; never held across a call to a module */
    enum pool_mode mode;
    struct member *member;
    struct pool_session *sessions; /* open ones */
    struct pool_session *spare;    /* records without a session */
    size_t n_sessions;
};

struct pool *
pool_new(struct member *member, enum pool_mode mode)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    mutex_init(&pool->lock, LOCK_POOL);
    pool->mode = mode;
    pool->member = member;
    return pool;
}

enum pool_mode
pool_mode(const struct pool *pool)
{
    return pool->mode;
}

/* -- Opening and closing -------------------------------------------------- */

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

static void
close_backend_session(const struct pool_session *pooled)
{
    if (pooled->epoch != atomic_load(&pooled->member->epoch))
        return; /* it died with an earlier life of the member */
    backend_enter(pooled->backend);
    (void)pooled->functions->C_CloseSession(pooled->handle);
    backend_leave(pooled->backend);
}

static struct pool_session *
new_record(struct pool *pool)
{
    struct pool_session *pooled = calloc(1, sizeof(*pooled));

    if (pooled == NULL)
        return NULL;
    pooled->member = pool->member;
    pooled->is_lent = pool->mode != POOL_ALONE;
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

static void
give_record(struct pool *pool, struct pool_session *pooled)
{
    atomic_store(&pooled->owner, 0);
    mutex_lock(&pool->lock);
    pooled->sibling = pool->spare;
    pool->spare = pooled;
    mutex_unlock(&pool->lock);
}

static void
enlist(struct pool *pool, struct pool_session *pooled)
{
    mutex_lock(&pool->lock);
    pooled->previous = NULL;
    pooled->sibling = pool->sessions;
    if (pool->sessions != NULL)
        pool->sessions->previous = pooled;
    pool->sessions = pooled;
    pool->n_sessions++;
    mutex_unlock(&pool->lock);
}

static void
strike_off(struct pool *pool, struct pool_session *pooled)
{
    mutex_lock(&pool->lock);
    if (pooled->previous != NULL)
        pooled->previous->sibling = pooled->sibling;
    else
        pool->sessions = pooled->sibling;
    if (pooled->sibling != NULL)
        pooled->sibling->previous = pooled->previous;
    pool->n_sessions--;
    mutex_unlock(&pool->lock);
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

static CK_RV
open_session(struct pool *pool, struct session *session,
             struct pool_session **out)
{
    struct pool_session *pooled = take_record(pool);
    CK_RV rv;

    if (pooled == NULL)
        return CKR_HOST_MEMORY;
    atomic_store(&pooled->owner, (uintptr_t)session);
    rv = open_at_member(pooled, session->flags);
    if (rv != CKR_OK) {
        give_record(pool, pooled);
        return rv;
    }
    enlist(pool, pooled);
    *out = pooled;
    return CKR_OK;
}

static void
close_session(struct pool_session *pooled)
{
    struct pool *pool = pooled->member->pool;

    strike_off(pool, pooled);
    close_backend_session(pooled);
    give_record(pool, pooled);
}

/* -- Taking ------------------------------------------------------------------
 */

static bool
fits(const struct pool_session *pooled, const struct session *session)
{
    return pooled->flags == session->flags &&
           pooled->epoch == atomic_load(&pooled->member->epoch);
}

/* One compare-and-swap, on the record's own line. */
static bool
take_if_owned_by(struct pool_session *pooled, uintptr_t owner,
                 struct session *session)
{
    return atomic_compare_exchange_strong_explicit(&pooled->owner, &owner,
                                                   (uintptr_t)session,
                                                   memory_order_acquire,
                                                   memory_order_relaxed);
}

static struct pool_session *
find_held(const struct pool *pool, const struct session *session)
{
    struct pool_session *pooled = session->held;

    while (pooled != NULL && pooled->member != pool->member)
        pooled = pooled->next;
    return pooled;
}

/* Whatever nobody is using at the moment, parked for another or not. */
static struct pool_session *
find_idle(struct pool *pool, struct session *session)
{
    uintptr_t mine = (uintptr_t)session | POOL_PARKED;
    struct pool_session *pooled;

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL; pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);
        bool is_idle = owner == 0 || (owner & POOL_PARKED) != 0;

        if (is_idle && owner != mine && fits(pooled, session) &&
            take_if_owned_by(pooled, owner, session))
            break;
    }
    mutex_unlock(&pool->lock);
    return pooled;
}

static CK_RV
take_another(struct pool *pool, struct session *session,
             struct pool_session **out)
{
    struct pool_session *parked = session->parked;

    *out = find_idle(pool, session);
    if (*out != NULL)
        return CKR_OK;
    /* Two for each virtual session are enough to change every time. */
    if (parked != NULL && parked->member == pool->member &&
        pool_count(pool) >= 2 * (size_t)pool->member->token->n_sessions &&
        take_if_owned_by(parked, (uintptr_t)session | POOL_PARKED, session)) {
        *out = parked;
        return CKR_OK;
    }
    return open_session(pool, session, out);
}

CK_RV
pool_take(struct pool *pool, struct session *session, struct pool_session **out)
{
    CK_RV rv;

    if (pool->mode == POOL_ROTATE)
        return take_another(pool, session, out);
    *out = find_held(pool, session);
    if (*out != NULL && (*out)->epoch == atomic_load(&pool->member->epoch))
        return CKR_OK;
    if (*out != NULL) {
        /* Its token went away meanwhile. A plain token's session is gone with
         * it (R6.17), a group's goes on with what is there now. */
        if (pool->member->token->mode == GROUP_SINGLE)
            return CKR_DEVICE_REMOVED;
        pool_give(*out, session, false);
    }
    rv = open_session(pool, session, out);
    if (rv == CKR_OK) {
        (*out)->next = session->held;
        session->held = *out;
    }
    return rv;
}

/* -- Giving
 * -------------------------------------------------------------------- */

static void
let_go_of_held(struct session *session, const struct pool_session *pooled)
{
    struct pool_session **link = &session->held;

    while (*link != NULL && *link != pooled)
        link = &(*link)->next;
    if (*link != NULL)
        *link = pooled->next;
}

/* The one that was parked before is anybody's now. */
static void
park(struct pool_session *pooled, struct session *session)
{
    uintptr_t mine = (uintptr_t)session | POOL_PARKED;

    if (session->parked != NULL && session->parked != pooled)
        (void)atomic_compare_exchange_strong(&session->parked->owner, &mine, 0);
    session->parked = pooled;
    atomic_store_explicit(&pooled->owner, (uintptr_t)session | POOL_PARKED,
                          memory_order_release);
}

void
pool_give(struct pool_session *pooled, struct session *session, bool is_clean)
{
    if (is_clean) {
        if (pooled->member->pool->mode == POOL_ROTATE)
            park(pooled, session);
        return;
    }
    let_go_of_held(session, pooled);
    if (session->parked == pooled)
        session->parked = NULL;
    close_session(pooled);
}

CK_RV
pool_replace(struct pool_session *pooled, struct session *session,
             struct pool_session **out)
{
    CK_RV rv = open_session(pooled->member->pool, session, out);

    if (rv != CKR_OK)
        return rv;
    let_go_of_held(session, pooled);
    (*out)->next = session->held;
    session->held = *out;
    close_session(pooled);
    return CKR_OK;
}

void
pool_close_session(struct session *session)
{
    uintptr_t mine = (uintptr_t)session | POOL_PARKED;
    struct pool_session *pooled;

    while ((pooled = session->held) != NULL) {
        session->held = pooled->next;
        close_session(pooled);
    }
    if (session->parked != NULL)
        (void)atomic_compare_exchange_strong(&session->parked->owner, &mine, 0);
    session->parked = NULL;
}

void
pool_drain(struct pool *pool)
{
    for (;;) {
        struct pool_session *pooled;
        struct session *nobody = (struct session *)(uintptr_t)pool;

        mutex_lock(&pool->lock);
        for (pooled = pool->sessions; pooled != NULL;
             pooled = pooled->sibling) {
            uintptr_t owner = atomic_load(&pooled->owner);

            if ((owner == 0 || (owner & POOL_PARKED) != 0) &&
                take_if_owned_by(pooled, owner, nobody))
                break;
        }
        mutex_unlock(&pool->lock);
        if (pooled == NULL)
            return;
        close_session(pooled);
    }
}

size_t
pool_count(struct pool *pool)
{
    size_t count;

    mutex_lock(&pool->lock);
    count = pool->n_sessions;
    mutex_unlock(&pool->lock);
    return count;
}

static void
free_list(struct pool_session *pooled)
{
    while (pooled != NULL) {
        struct pool_session *sibling = pooled->sibling;

        free(pooled);
        pooled = sibling;
    }
}

void
pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    free_list(pool->sessions);
    free_list(pool->spare);
    mutex_destroy(&pool->lock);
    free(pool);
}
