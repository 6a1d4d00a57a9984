/* SPDX-License-Identifier: BSD-3-Clause */
/* Which backend session a virtual session gets. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/call.h"
#include "router/login.h"
#include "router/pause.h"
#include "router/pool-private.h"
#include "router/watch.h"

/* -- Finding ----------------------------------------------------------------
 */

static bool
serves(CK_FLAGS flags, enum pool_want want)
{
    bool is_rw = (flags & CKF_RW_SESSION) != 0;

    return want == POOL_ANY || is_rw == (want == POOL_READ_WRITE);
}

bool
pool_fits(const struct pool_session *pooled, enum pool_want want)
{
    const struct pool *pool = pooled->pool;

    if (pooled->epoch !=
        atomic_load_explicit(&pooled->member->epoch, memory_order_relaxed))
        return false;
    /* Where no session but the keeper can be had it does everything, and
     * p11mux refuses to write itself. */
    if (pooled->is_keeper)
        return pool->shares_keeper &&
               (want != POOL_READ_WRITE || serves(pooled->flags, want));
    return serves(pooled->flags, want);
}

/* What nobody is using at the moment, taken for the session; NULL: none. The
 * free ones first: what is parked may be wanted there again. */
static struct pool_session *
find_idle_locked(struct pool *pool, struct session *session,
                 enum pool_want want) REQUIRES(pool->lock)
{
    uintptr_t mine = (uintptr_t)session | POOL_PARKED;

    for (int pass = 0; pass < 2; pass++) {
        struct pool_session *pooled;

        for (pooled = pool->sessions; pooled != NULL;
             pooled = pooled->sibling) {
            uintptr_t owner =
                atomic_load_explicit(&pooled->owner, memory_order_relaxed);
            bool is_candidate = pass == 0 ? owner == 0 : pool_is_idle(owner);

            if (is_candidate && !(pool->rotates && owner == mine) &&
                pool_fits(pooled, want) &&
                pool_take_if_owned_by(pooled, owner, session))
                return pooled;
        }
    }
    return NULL;
}

static struct pool_session *
find_held(const struct pool *pool, const struct session *session)
{
    struct pool_session *pooled = session->held;

    while (pooled != NULL && pooled->pool != pool)
        pooled = pooled->next;
    return pooled;
}

/* -- Taking ------------------------------------------------------------------
 */

bool
pool_enter(const struct pool_session *pooled, unsigned function,
           struct stay *stay)
{
    return stay_begin(stay, pooled->member, pooled->backend, pool_user(pooled),
                      function);
}

CK_RV
pool_ask(const struct pool_session *pooled, CK_SESSION_INFO *out)
{
    struct stay stay;
    CK_RV rv;

    if (!pool_enter(pooled, CALL_C_GetSessionInfo, &stay))
        return CKR_FUNCTION_FAILED;
    rv = pooled->functions->C_GetSessionInfo(pooled->handle, out);
    stay_end(&stay);
    return rv;
}

/* A session that has been idle for long may be gone on the device. */
static bool
is_alive(const struct pool_session *pooled)
{
    CK_SESSION_INFO info;
    CK_RV rv = pool_ask(pooled, &info);

    if (rv != CKR_OK)
        pool_note_dead(pooled, rv);
    return rv == CKR_OK;
}

/* Until it is the call's, only its record knows that it is taken. */
bool
pool_settle(struct pool_session *pooled)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    unsigned doubts = atomic_load(&pooled->doubts);
    bool is_expected = (doubts & POOL_OUTLIVED) != 0 && !pooled->is_keeper &&
                       object_home_is_empty(&pooled->home);
    bool is_over =
        is_expected || pooled->epoch != atomic_load(&pooled->member->epoch);

    if (!is_over && (doubts & POOL_UNCHECKED) != 0)
        is_over = !is_alive(pooled);
    if (is_over) {
        pool_close(pooled,
                   is_expected ? COUNTER_CLOSE_LIFETIME : COUNTER_CLOSE_LOST);
        return false;
    }
    atomic_fetch_and(&pooled->doubts, ~(unsigned)POOL_UNCHECKED);
    login_settle(pooled);
    return true;
}

/* Whether what was just taken can be used; else it is closed. */
static inline bool
is_ready(struct pool_session *pooled)
{
    atomic_store_explicit(&pooled->uses,
                          atomic_load_explicit(&pooled->uses,
                                               memory_order_relaxed) +
                              1,
                          memory_order_relaxed);
    if (atomic_load_explicit(&pooled->doubts, memory_order_relaxed) == 0 &&
        pooled->epoch == atomic_load_explicit(&pooled->member->epoch,
                                              memory_order_relaxed) &&
        login_is_followed(pooled))
        return true;
    return pool_settle(pooled);
}

static inline struct pool_session *
take_parked(const struct pool *pool, struct session *session,
            enum pool_want want)
{
    struct pool_session *parked = session->parked;

    if (parked == NULL || parked->pool != pool ||
        !pool_take_if_owned_by(parked, (uintptr_t)session | POOL_PARKED,
                               session))
        return NULL;
    if (__builtin_expect(pool_fits(parked, want), 1))
        return parked;
    /* The same again, or what is closed as soon as it is looked at. */
    atomic_store(&parked->owner, 0);
    session->parked = NULL;
    pool_offer(parked->pool, parked);
    return NULL;
}

/* Two for each virtual session are enough to change every time. */
static struct pool_session *
take_rotating(struct pool *pool, struct session *session, enum pool_want want)
{
    struct pool_session *found;
    bool is_enough;

    mutex_lock(&pool->lock);
    found = find_idle_locked(pool, session, want);
    is_enough =
        pool->n_sessions >= 2 * (size_t)token_sessions(pool->member->token).all;
    mutex_unlock(&pool->lock);
    return found != NULL || !is_enough ? found
                                       : take_parked(pool, session, want);
}

static CK_RV
take_idle_or_queue(struct pool *pool, struct session *session,
                   enum pool_want want, struct pool_session **out)
{
    CK_RV rv = pause_wait(pool, session);

    *out = NULL;
    if (rv == CKR_OK)
        rv = pool_keep(pool, session);
    if (rv != CKR_OK)
        return rv;
    if (atomic_load(&pool->n_waiting) == 0) {
        mutex_lock(&pool->lock);
        *out = find_idle_locked(pool, session, want);
        mutex_unlock(&pool->lock);
    }
    return *out != NULL ? CKR_OK : pool_queue(pool, session, want, out);
}

static CK_RV
take_shared(struct pool *pool, struct session *session, enum pool_want want,
            struct pool_session **out)
{
    bool is_first = true;

    do {
        /* What was found dead, and is closed, may have shown that all is. */
        *out = NULL;
        if (!is_first && !member_goes_on(pool->member))
            return CKR_DEVICE_REMOVED;
        is_first = false;
        *out = pool->rotates ? take_rotating(pool, session, want)
                             : take_parked(pool, session, want);
        if (*out == NULL) {
            CK_RV rv = take_idle_or_queue(pool, session, want, out);

            if (rv != CKR_OK)
                return rv;
        }
    } while (!is_ready(*out));
    if (!(*out)->is_lent)
        pool_hold(session, *out);
    return CKR_OK;
}

/* Also when its thread is cancelled in the module. */
static void
end_opening(struct pool **opening)
{
    struct pool *pool = *opening;

    if (pool == NULL)
        return;
    mutex_lock(&pool->lock);
    pool->n_opening--;
    mutex_unlock(&pool->lock);
}

/* Who brings the pool to rest sees that one is on its way. */
static struct pool *
begin_opening(struct pool *pool, const struct session *session)
{
    bool is_refused;

    mutex_lock(&pool->lock);
    is_refused = pool_refuses(pool, session);
    if (!is_refused)
        pool->n_opening++;
    mutex_unlock(&pool->lock);
    return is_refused ? NULL : pool;
}

CK_RV
pool_open_own(struct pool *pool, struct session *session,
              struct pool_session **out)
{
    CLEANUP(end_opening) struct pool *opening = begin_opening(pool, session);
    CK_RV rv;

    if (opening == NULL)
        return CKR_DEVICE_REMOVED;
    rv = pool_open(pool, session, session->flags, out);
    if (rv != CKR_OK)
        return rv;
    mutex_lock(&pool->lock);
    pool_enlist_locked(pool, *out);
    mutex_unlock(&pool->lock);
    return CKR_OK;
}

void
pool_close_own(struct pool_session *pooled)
{
    pool_close(pooled, COUNTER_CLOSE_ENDED);
}

/* Mode `none`: opened as the application asked for it. */
static CK_RV
hold_own(struct pool *pool, struct session *session, struct pool_session **out)
{
    CK_RV rv = pause_wait(pool, session);

    if (rv == CKR_OK)
        rv = pool_open_own(pool, session, out);
    if (rv == CKR_OK)
        pool_hold(session, *out);
    return rv;
}

/* What the virtual session keeps has to do for all of its calls. */
static enum pool_want
find_want(const struct pool *pool, const struct session *session,
          bool may_write)
{
    const struct config_profile *settings;

    if ((session->flags & CKF_RW_SESSION) != 0)
        return POOL_READ_WRITE;
    if (!may_write && pool->settings->mode == POOL_OPERATION)
        return POOL_ANY;
    settings = &backend_profile(atomic_load(&pool->member->backend))->settings;
    return settings->rw_policy == RW_POLICY_RW_ONLY ? POOL_ANY : POOL_READ_ONLY;
}

/* Of an earlier life of the member it is no good any more. */
static bool
has_held(struct pool *pool, struct session *session, struct pool_session **out)
{
    *out = find_held(pool, session);
    if (*out == NULL || (*out)->epoch == atomic_load(&pool->member->epoch))
        return *out != NULL;
    pool_give(*out, session, POOL_LOST);
    return false;
}

static CK_RV
take(struct pool *pool, struct session *session, bool may_write,
     struct pool_session **out)
{
    if (member_is_stuck(pool->member))
        return CKR_DEVICE_REMOVED;
    if (session->held != NULL && has_held(pool, session, out)) {
        if (!login_is_followed(*out))
            login_settle(*out);
        return CKR_OK;
    }
    if (pool->settings->mode == POOL_NONE)
        return hold_own(pool, session, out);
    return take_shared(pool, session, find_want(pool, session, may_write), out);
}

CK_RV
pool_take(struct pool *pool, struct session *session, bool may_write,
          struct pool_session **out)
{
    CK_RV rv = take(pool, session, may_write, out);

    /* The user could not be logged in there: it is passed over (R7.11); or it
     * is drained just now. */
    if (__builtin_expect(rv != CKR_OK ||
                             (!atomic_load_explicit(&pool->member->is_left_out,
                                                    memory_order_relaxed) &&
                              !pool_refuses(pool, session)),
                         1))
        return rv;
    if ((*out)->is_lent)
        pool_give(*out, session, POOL_CLEAN);
    *out = NULL;
    return CKR_DEVICE_REMOVED;
}
