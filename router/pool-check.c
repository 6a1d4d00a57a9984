/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the device still knows the backend sessions of a pool. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/member-probe.h"
#include "router/outcome.h"
#include "router/pool-private.h"
#include "router/watch.h"

static bool
is_known(const struct pool_session *pooled)
{
    CK_SESSION_INFO info;

    return pool_ask(pooled, &info) == CKR_OK;
}

/* -- Those that nobody has --------------------------------------------------
 */

/* One that is found dead is closed, and so is not asked again. */
static struct pool_session *
take_idle(struct pool *pool)
{
    struct pool_session *pooled, *taken = NULL;
    uint32_t epoch = atomic_load(&pool->member->epoch);

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL && taken == NULL;
         pooled = pooled->sibling) {
        uintptr_t owner = atomic_load(&pooled->owner);

        if (pooled->epoch == epoch && pool_is_idle(owner) &&
            pool_take_if_owned_by(pooled, owner, POOL_ITSELF))
            taken = pooled;
    }
    mutex_unlock(&pool->lock);
    return taken;
}

static bool
is_any_idle_known(struct pool *pool)
{
    struct pool_session *pooled;

    while ((pooled = take_idle(pool)) != NULL) {
        if (is_known(pooled)) {
            atomic_store(&pooled->owner, 0);
            pool_offer(pool, pooled);
            return true;
        }
        pool_close(pooled, COUNTER_CLOSE_LOST);
    }
    return false;
}

/* -- Those that a virtual session keeps -------------------------------------
 */

/* The next one after `*seen`; the list may change between two of them. */
static struct pool_session *
find_held(struct pool *pool, size_t *seen, uintptr_t *owner)
{
    struct pool_session *pooled, *found = NULL;
    size_t position = 0;

    mutex_lock(&pool->lock);
    for (pooled = pool->sessions; pooled != NULL && found == NULL;
         pooled = pooled->sibling) {
        *owner = atomic_load(&pooled->owner);
        if (position++ >= *seen && *owner != (uintptr_t)POOL_ITSELF &&
            *owner != POOL_RETIRED && !pool_is_idle(*owner) &&
            pooled->epoch == atomic_load(&pool->member->epoch))
            found = pooled;
    }
    *seen = position;
    mutex_unlock(&pool->lock);
    return found;
}

/* While no call is inside its virtual session. */
static enum pool_life
ask_one_held(const struct pool_session *pooled, uintptr_t owner)
{
    struct session *session = (struct session *)owner;
    enum pool_life life = POOL_IS_UNKNOWN;

    if (!session_take_if_idle(session))
        return POOL_IS_UNKNOWN;
    if (atomic_load(&pooled->owner) == owner)
        life = is_known(pooled) ? POOL_LIVES : POOL_IS_DEAD;
    session_give(session);
    return life;
}

static enum pool_life
ask_held(struct pool *pool, const struct pool_session *own)
{
    enum pool_life life = POOL_IS_DEAD;
    const struct pool_session *pooled;
    uintptr_t owner;
    size_t seen = 0;

    while ((pooled = find_held(pool, &seen, &owner)) != NULL) {
        enum pool_life its =
            pooled == own ? POOL_IS_DEAD : ask_one_held(pooled, owner);

        if (its == POOL_LIVES)
            return POOL_LIVES;
        if (its == POOL_IS_UNKNOWN)
            life = POOL_IS_UNKNOWN;
    }
    return life;
}

/* What one session has lost others may have too, of those that were open at the
 * time: each is asked before its next use, and not found dead in a call. */
static void
doubt_all(struct pool *pool)
{
    mutex_lock(&pool->lock);
    for (struct pool_session *pooled = pool->sessions; pooled != NULL;
         pooled = pooled->sibling)
        atomic_fetch_or(&pooled->doubts, POOL_UNCHECKED);
    mutex_unlock(&pool->lock);
}

enum pool_life
pool_check(struct pool *pool, const struct pool_session *own)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    enum pool_life life =
        is_any_idle_known(pool) ? POOL_LIVES : ask_held(pool, own);

    if (own != NULL && life != POOL_IS_DEAD)
        doubt_all(pool);
    return life;
}

/* -- One that was found dead -------------------------------------------------
 */

/* Looks whether the member is lost, and says so to all. */
static bool
is_member_lost(struct member *member, const struct pool_session *own,
               enum outcome outcome, const char *function, CK_RV rv)
{
    enum probe_verdict verdict;

    /* One that hangs says nothing; a module that is gone is found so by the
     * next call. */
    if (member == member->token->overflow || member_is_stuck(member) ||
        rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        return false;
    verdict = member_probe(member, own, outcome);
    if (verdict != PROBE_GONE &&
        (verdict != PROBE_TAKEN_OUT || member->token->mode == GROUP_SINGLE))
        return false;
    member_fail(member, function, rv);
    return true;
}

void
pool_note_dead(const struct pool_session *pooled, CK_RV rv)
{
    (void)is_member_lost(pooled->member, pooled, OUTCOME_SESSION_LOST,
                         "C_GetSessionInfo", rv);
}

/* -- One that could not be opened --------------------------------------------
 */

bool
pool_may_be_full(struct pool *pool, CK_RV rv)
{
    struct member *member = pool->member;
    enum outcome outcome =
        outcome_of(atomic_load(&member->backend), CALL_C_OpenSession, rv);

    if (outcome != OUTCOME_MEMBER_LOST && outcome != OUTCOME_AMBIGUOUS)
        return true;
    return !is_member_lost(member, NULL, outcome, "C_OpenSession", rv) &&
           outcome == OUTCOME_AMBIGUOUS;
}
