/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend session that no call uses, for a thread that none waits for. */
#include "common/cancel.h"
#include "common/cleanup.h"
#include "router/login.h"
#include "router/pool-private.h"
#include "router/process.h"
#include "router/watch.h"

/* Whether calls will not miss it. The keeper is there: the device knows who is
 * logged in, and what the token allows is known. */
static bool
has_room_locked(const struct pool *pool) REQUIRES(pool->lock)
{
    return atomic_load(&pool->keeper_state) == KEEPER_OPEN &&
           atomic_load(&pool->keeper_epoch) ==
               atomic_load(&pool->member->epoch) &&
           !pool_is_at_rest(pool) && !member_is_passed_over(pool->member) &&
           !pool->shares_keeper && !pool->is_scarce &&
           pool->first_waiter == NULL &&
           pool->n_sessions + pool->n_opening + 1 < pool->limit;
}

static bool
begin_opening(struct pool *pool)
{
    bool has_room;

    mutex_lock(&pool->lock);
    has_room = has_room_locked(pool);
    pool->n_opening += has_room ? 1 : 0;
    mutex_unlock(&pool->lock);
    return has_room;
}

/* R/W: one that is R/O would be in the way of an SO (R3.18). Lent, so that
 * whoever brings the pool to rest waits for it. */
static struct pool_session *
open_apart(struct pool *pool)
{
    static const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    struct pool_session *pooled = NULL;

    if (!begin_opening(pool))
        return NULL;
    if (pool_open(pool, NULL, flags, &pooled) != CKR_OK)
        pooled = NULL;
    mutex_lock(&pool->lock);
    pool->n_opening--;
    if (pooled != NULL) {
        pooled->is_keeper = false;
        pooled->is_lent = true;
        pool_enlist_locked(pool, pooled);
    }
    mutex_unlock(&pool->lock);
    /* Who waits may have been told that enough are being opened. */
    pool_offer_room(pool);
    return pooled;
}

/* It logs in like the token; not while the token's last session closes, which
 * logs out what is open then. */
struct pool_session *
pool_take_apart(struct pool *pool)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct token *token = pool->member->token;

    if (!turn_take(&token->login.turn, deadline_now()))
        return NULL;
    turn = &token->login.turn;
    return token_sessions(token).all > 0 ? open_apart(pool) : NULL;
}

void
pool_give_apart(struct pool_session *pooled)
{
    pool_close(pooled, COUNTER_CLOSE_DRAINED);
}

/* Not beside calls that wait for it, nor on a device that has let go of who was
 * logged in, or is about to. */
static bool
may_go_on(const struct pool_session *pooled)
{
    const struct pool *pool = pooled->pool;

    return process_is_serving() && !pool_is_at_rest(pool) &&
           atomic_load(&pool->n_waiting) == 0 &&
           token_sessions(pooled->member->token).all > 0 &&
           member_is_usable(pooled->member) &&
           !member_is_passed_over(pooled->member) && login_is_followed(pooled);
}

bool
pool_enter_apart(const struct pool_session *pooled, unsigned function,
                 struct stay *stay)
{
    struct member *member = pooled->member;

    if (!may_go_on(pooled) ||
        !stay_begin_apart(stay, member, pooled->backend, function))
        return false;
    /* In another life of the member its handle may be another one's. */
    if (pooled->epoch == atomic_load(&member->epoch))
        return true;
    stay_end(stay);
    return false;
}
