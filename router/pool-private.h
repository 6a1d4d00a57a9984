/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the pool share; for them alone. */
#ifndef ROUTER_POOL_PRIVATE_H
#define ROUTER_POOL_PRIVATE_H

#include "common/lock.h"
#include "common/wake.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/token.h"

/* Which backend session a call can use (R3.2, R3.3). */
enum pool_want {
    POOL_ANY,
    POOL_READ_WRITE,
    POOL_READ_ONLY /* so that the token itself refuses to write */
};

/* A call that waits for a backend session; on its stack. */
struct pool_waiter {
    struct session *session;
    enum pool_want want;
    _Atomic(struct pool_session *) given;
    uint64_t since;
    bool has_waited;
    struct wake wake;
    struct pool_waiter *next;
};

/* The owner of what the pool is about to close. */
#define POOL_ITSELF ((struct session *)4)

enum keeper_state { KEEPER_NONE, KEEPER_CHANGING, KEEPER_OPEN };

struct pool {
    /* Read on the way of each call. */
    _Atomic(const struct config_pool *) settings;
    struct member *member;
    bool rotates;
    _Atomic(enum keeper_state) keeper_state;
    _Atomic(uint32_t) keeper_epoch;   /* the member's life that it is of */
    _Atomic(bool) is_write_protected; /* as the token said */
    _Atomic(bool) shares_keeper; /* it serves operations: it has to, or none
                                    besides it can be had at the moment */
    _Atomic(uint32_t) n_waiting;
    struct counts *counts;
    _Atomic(struct pool_session *) records; /* all there ever were */

    struct mutex lock;             /* never held across a call to a module */
    struct pool_session *sessions; /* open ones, the keeper among them */
    struct pool_session *spare;    /* records without a session */
    struct pool_session *keeper;
    struct condition keeper_changed;
    size_t n_sessions; /* open ones, without the keeper */
    size_t n_opening;
    size_t n_paused;            /* calls that wait for the end of a pause */
    _Atomic(uint32_t) renewals; /* times that all were to be opened anew */
    size_t total;               /* that the token allows; SIZE_MAX: no
                                   matter */
    size_t limit;               /* of n_sessions; SIZE_MAX: none */
    size_t learned;             /* the same, as the device has shown (R3.6) */
    uint64_t learned_until;     /* then more are tried again */
    uint64_t back_off_ms;       /* the next such pause */
    uint64_t open_cost;         /* nanoseconds that opening takes, smoothed */
    bool is_single;             /* the token allows no other (R3.4) */
    bool is_scarce;             /* the device has run out of sessions lately */
    struct pool_waiter *first_waiter;
    struct pool_waiter **last_waiter;
};

/* The store is no device: what is kept there is not paused in here. */
static inline bool
pool_is_paused(const struct pool *pool)
{
    const struct token *token = pool->member->token;

    return __builtin_expect(atomic_load_explicit(&token->is_paused,
                                                 memory_order_relaxed),
                            0) &&
           pool->member != token->overflow;
}

static inline bool
pool_is_drained(const struct pool *pool)
{
    return __builtin_expect(atomic_load_explicit(&pool->member->is_drained,
                                                 memory_order_relaxed),
                            0);
}

/* Nothing is opened. */
static inline bool
pool_is_at_rest(const struct pool *pool)
{
    return pool_is_paused(pool) || pool_is_drained(pool);
}

/* Nothing is handed out to the session (or NULL), which has to go to another
 * member. */
static inline bool
pool_refuses(const struct pool *pool, const struct session *session)
{
    return pool_is_drained(pool) &&
           (session == NULL || !session->attempt.uses_drained);
}

/* -- Held by a virtual session: pool.c --------------------------------------
 */

void pool_hold(struct session *session, struct pool_session *pooled);

/* -- Finding: pool-take.c ---------------------------------------------------
 */

/* One compare-and-swap, on the record's own line. */
static inline bool
pool_take_if_owned_by(struct pool_session *pooled, uintptr_t owner,
                      struct session *session)
{
    return atomic_compare_exchange_strong_explicit(&pooled->owner, &owner,
                                                   (uintptr_t)session,
                                                   memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline bool
pool_is_idle(uintptr_t owner)
{
    return owner == 0 || (owner & POOL_PARKED) != 0;
}

/* The virtual session in whose call it is used; NULL: none. */
static inline struct session *
pool_user(const struct pool_session *pooled)
{
    uintptr_t owner = atomic_load(&pooled->owner);

    return pool_is_idle(owner) || owner == POOL_RETIRED ||
                   owner == (uintptr_t)POOL_ITSELF
               ? NULL
               : (struct session *)owner;
}

/* Whether its life goes on and it serves what is wanted. */
bool pool_fits(const struct pool_session *pooled, enum pool_want want);

/* Clears up what is doubtful about one that the caller owns: checked, logged
 * in or out like its token; false when it had to be closed. */
bool pool_settle(struct pool_session *pooled);

void pool_enlist_locked(struct pool *pool, struct pool_session *pooled)
    REQUIRES(pool->lock);

/* Out of the list, closed unless its life is over, its record kept. The
 * caller owns it. */
void pool_close(struct pool_session *pooled, enum counter_close why);

/* -- Idling: pool-alive.c ---------------------------------------------------
 */

/* Touches those that the device would forget (`keepalive`), wherever they are;
 * returns when to come next. */
uint64_t pool_keep_alive(struct pool *pool);

/* -- The keeper: pool-keeper.c --------------------------------------------- */

/* How many there may be besides the keeper: by the settings, and by what the
 * token allows. */
void pool_set_limit_locked(struct pool *pool) REQUIRES(pool->lock);

/* For who waits in the queue, which is where it waits: opens the keeper if it
 * is not there and nobody else is about it. */
CK_RV pool_keep_again(struct pool *pool);

/* Before another one is opened: while it idled the device may have been away,
 * and its objects may have other handles. False: the device is not there. */
bool pool_check_keeper(struct pool *pool);

/* One that the caller has was not known to its device: perhaps it knows none
 * any more, and then the member begins another life before this returns, or it
 * is lost. No lock is held. */
void pool_note_dead(const struct pool_session *pooled, CK_RV rv);

/* Whether an error of C_OpenSession may mean that the device has no room for
 * one more now; whether it is there is looked at where the error may say that
 * too. No lock is held. */
bool pool_may_be_full(struct pool *pool, CK_RV rv);

/* -- Opening: pool-open.c -------------------------------------------------- */

/* A new backend session, owned by the virtual session and in no list yet. */
CK_RV pool_open(struct pool *pool, struct session *session, CK_FLAGS flags,
                struct pool_session **out);

/* Whether a code says that the device has no session left (R3.6). */
bool pool_is_exhausted(CK_RV rv);

/* -- Waiting: pool-queue.c --------------------------------------------------
 */

/* Waits its turn, or opens one: what pool_take does when none is idle. */
CK_RV pool_queue(struct pool *pool, struct session *session,
                 enum pool_want want, struct pool_session **out);

/* Whether the waiter may open one, perhaps in the place of `*useless`, which is
 * its own then, or has to use that one again (GROW_BACK); else *next_look is
 * when to ask again, if nothing happens before. */
enum pool_growth { GROW_NOT, GROW, GROW_BY_CLOSING, GROW_BACK };
enum pool_growth pool_may_grow_locked(struct pool *pool,
                                      const struct pool_waiter *waiter,
                                      struct deadline until,
                                      struct pool_session **useless,
                                      uint64_t *next_look) REQUIRES(pool->lock);

/* Opens one, which was counted in n_opening; CKR_SESSION_COUNT when there was
 * none to be had and the waiter goes on waiting. */
CK_RV pool_grow(struct pool *pool, struct pool_waiter *waiter,
                struct pool_session *useless);

/* Offers one that was just given back to whoever waits longest. */
void pool_offer(struct pool *pool, struct pool_session *pooled);
void pool_offer_locked(struct pool *pool, struct pool_session *pooled)
    REQUIRES(pool->lock);

/* One has been closed: there may be room for another. */
void pool_offer_room(struct pool *pool);

#endif
