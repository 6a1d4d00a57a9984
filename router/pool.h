/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend sessions of one member, and which virtual session has which. A
 * backend session is a record with one owner word, so that taking one needs
 * no lock while nobody waits.
 */
#ifndef ROUTER_POOL_H
#define ROUTER_POOL_H

#include "common/clock.h"
#include "common/cryptoki.h"
#include "config/config.h"
#include "router/counted.h"
#include "router/object.h"
#include "router/tally.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend;
struct member;
struct pool;
struct session;
struct stay;

/* What the next taker looks at first. */
enum pool_doubt {
    POOL_UNCHECKED = 1 << 0, /* idle for so long that it may be gone (R3.27) */
    POOL_OUTLIVED = 1 << 1,  /* closed as soon as nobody uses it */
    POOL_REPLACED = 1 << 2   /* so is one that a virtual session keeps */
};

/* A record stays while its pool does: one that was parked may be looked at
 * after somebody else has taken and closed it. */
struct pool_session {
    /* 0: free; a session's address: in use by it; that address with
     * POOL_PARKED: kept for it until somebody else takes it. */
    _Atomic(uintptr_t) owner;
    CK_SESSION_HANDLE handle;
    const CK_FUNCTION_LIST_3_2 *functions; /* of the module it was opened in */
    struct backend *backend;
    struct member *member;
    struct pool *pool;
    CK_FLAGS flags;
    uint32_t epoch;            /* the member's life it belongs to */
    uint32_t handles;          /* the life of the object handles it knows */
    uint32_t login;            /* the token's login it has followed */
    uint32_t renewals;         /* of the pool, before it was opened */
    _Atomic(uint32_t) uses;    /* told from each other, not counted for ever */
    _Atomic(unsigned) doubts;  /* enum pool_doubt */
    bool is_lent;              /* goes back after each operation */
    bool validates;            /* its module says what was validated (3.2) */
    bool is_keeper;            /* holds the token's login (R3.4) */
    struct object_home home;   /* the session objects that live in it */
    struct pool_session *next; /* held by the same virtual session */

    /* Only with the pool's lock held. */
    struct pool_session *sibling; /* in the same list of the pool */
    struct pool_session *previous;
    bool is_late; /* to be closed when its member hangs no more */
    enum counter_close why_late;
    uint32_t uses_seen;    /* when it was last looked at */
    uint32_t uses_touched; /* and when it was last touched */
    uint64_t touched;
    uint64_t idle_since;
    uint64_t expires;

    struct tally tally;               /* by the call that has it */
    struct pool_session *next_record; /* all there ever were */
};

#define POOL_PARKED ((uintptr_t)1)

/* The owner of one that is only closed any more, when its objects are gone. */
#define POOL_RETIRED ((uintptr_t)2)

/* NULL: no memory. The settings are lent for its life. */
struct pool *pool_new(struct member *member,
                      const struct config_pool *settings);
void pool_free(struct pool *pool);

/* Other settings of the same mode, lent as well; who waits already waits as
 * long as before. What is more than the new size is closed, or as soon as it
 * is given back. No lock is held. */
void pool_reload(struct pool *pool, const struct config_pool *settings);
enum config_pool_mode pool_mode(const struct pool *pool);

/* For tests: each operation takes another backend session if it can. */
void pool_rotate(struct pool *pool);

/*
 * The keeper, opened if it is not there: the session that holds the login
 * while any virtual session is open (R3.4). CKR_OK at once in mode `none`.
 * The vendor's code when it cannot be opened (R3.5: errors surface here);
 * while the device has no session left it is tried again for `wait`. `session`
 * is whose call wants it, or NULL: while it waits for the end of a pause
 * nothing runs there.
 */
CK_RV pool_keep(struct pool *pool, struct session *session);

/* The keeper while it is open, else NULL; for whoever has the token's turn. */
struct pool_session *pool_keeper(struct pool *pool);

/* Whether the token said that nothing can be written on it. Known from the
 * keeper on. */
bool pool_is_write_protected(const struct pool *pool);

/* For logging in and out, which needs no other backend session and waits for
 * none: the keeper, if there is one that nobody uses; and back. */
bool pool_take_keeper(struct pool *pool, struct session *session,
                      struct pool_session **out);
void pool_give_keeper(struct pool_session *keeper);

/*
 * A backend session of this member for the virtual session: one it holds, or
 * has parked, or one that is free, or a new one; else it waits for its turn.
 * For a call that may write a R/O session gets a R/O one where there can be
 * any, so that the token itself refuses (R3.3). CKR_FUNCTION_FAILED when none
 * came free in `wait` (R1.26).
 */
CK_RV pool_take(struct pool *pool, struct session *session, bool may_write,
                struct pool_session **out);

/* How a give ends a backend session's use. */
enum pool_state {
    POOL_CLEAN, /* fit for whoever comes next (R3.14) */
    POOL_DIRTY, /* closed, as soon as no session object lives in it */
    POOL_LOST   /* closed at once: its device or session is gone */
};

/* After a call or an operation. In modes other than `operation` a clean one
 * stays with its virtual session. */
void pool_give(struct pool_session *pooled, struct session *session,
               enum pool_state state);

/*
 * For one that is held: another backend session in its place, opened before
 * the old one is closed so that the token's login stays. On failure the old
 * one stays.
 */
CK_RV pool_replace(struct pool_session *pooled, struct session *session,
                   struct pool_session **out);

/* The same for one that is to be replaced (POOL_REPLACED). Where that cannot be
 * done now it stays. */
void pool_refresh(struct pool_session **pooled, struct session *session);

/* One of the virtual session's own that it does not hold, open as it is; and
 * its end. */
CK_RV pool_open_own(struct pool *pool, struct session *session,
                    struct pool_session **out);
void pool_close_own(struct pool_session *pooled);

/* The virtual session ends: what it holds goes to others in mode `session`
 * and is closed in mode `none`. */
void pool_close_session(struct session *session);

/* The same for what it keeps of one pool, without an operation or an object in
 * it: that is closed. By whoever has the session. */
void pool_part(struct pool *pool, struct session *session);

/* What virtual sessions keep of it, but for what waits there for the end of the
 * objects in it. */
size_t pool_count_kept(struct pool *pool);

/* An object stays behind in the backend session, unknown to anybody: it is
 * closed with it, as soon as no other session object lives there. */
void pool_outlive(struct object_home *home);

/* Closes what nobody uses, with `everything` the keeper too; what is in use
 * is closed when it is given back. Before C_InitToken, SO logins and after
 * the last close (R3.18, R6.20). */
void pool_drain(struct pool *pool, bool everything);

/* Every backend session is closed as soon as no operation is on it and no
 * session object lives in it, and another one is opened where it is needed. The
 * keeper's place is never empty, so that the token's login stays. False when
 * the keeper is still the same: it is in use, as while somebody has the token's
 * turn, or the token has no room for one that stands in for it. */
bool pool_renew(struct pool *pool);

/* Closes what nobody uses and cannot write (R3.18). */
void pool_drain_read_only(struct pool *pool);

/* Whether time does anything to it. */
bool pool_is_tended(const struct pool *pool);

/*
 * While the token is paused (router/pause.h) nothing is opened. Closes what
 * nobody uses but the keeper; what is lent is closed when it comes back.
 * How many are lent, or being opened, at the moment.
 */
size_t pool_rest(struct pool *pool);

/* The keeper, taken to be closed; NULL when there is none that nobody uses.
 * *is_used says that somebody does. */
struct pool_session *pool_take_resting(struct pool *pool, bool *is_used);
void pool_close_resting(struct pool_session *keeper);

/* It is over: who waits goes on. */
void pool_end_rest(struct pool *pool);

/* Sleeps until the pause may be over, or pool_rouse, counted as a call that
 * waits for that. */
void pool_wait_paused(struct pool *pool, struct deadline until);

/* Calls that wait for the end of a pause, or in line for a backend
 * session. */
size_t pool_count_waiting(struct pool *pool);

/* Closes what has been idle or open for too long, marks what has to be
 * checked, touches what its device would forget; every so often, by
 * common/clock.h. Returns when to come next, as a time of clock_now. */
uint64_t pool_tend(struct pool *pool);

/* Wakes who waits, since it may be for nothing: once p11mux does not serve they
 * leave with CKR_CRYPTOKI_NOT_INITIALIZED, while the member hangs with
 * CKR_FUNCTION_FAILED. */
void pool_rouse(struct pool *pool);

/* Closes those that could not be closed while the member hung. */
void pool_close_late(struct pool *pool);

/* Goes into its module for what the call that has it, if one does, has not
 * asked for: stay_begin, and stay_end when it is true. */
bool pool_enter(const struct pool_session *pooled, unsigned function,
                struct stay *stay);

/* Another one, logged in like its token, which is for the caller alone until it
 * is given back; NULL where calls would miss it. In a thread that no call waits
 * for; no lock is held. */
struct pool_session *pool_take_apart(struct pool *pool);
void pool_give_apart(struct pool_session *pooled);

/* The same as pool_enter for such a one. False: also where it is to be given
 * back soon, or is no good any more. */
bool pool_enter_apart(const struct pool_session *pooled, unsigned function,
                      struct stay *stay);

/* C_GetSessionInfo of its module; CKR_FUNCTION_FAILED where that hangs. */
CK_RV pool_ask(const struct pool_session *pooled, CK_SESSION_INFO *out);
/* Whether the device still knows any of them; `own`, or NULL, is the caller's
 * and known to be gone. What nobody has is closed where it is gone too, or is
 * looked at before its next use. Not known: those that are left are in calls.
 */
enum pool_life { POOL_LIVES, POOL_IS_DEAD, POOL_IS_UNKNOWN };
enum pool_life pool_check(struct pool *pool, const struct pool_session *own);

/* What is counted for its member. */
struct counts *pool_counts(const struct pool *pool);

/* How many backend sessions there are of each kind, and who waits. */
void pool_measure(struct pool *pool, uint64_t levels[N_COUNTER_LEVELS]);

/* Adds what its backend sessions' tallies have. */
void pool_sum(struct pool *pool, uint64_t calls[N_COUNTED],
              uint64_t errors[N_COUNTER_CLASSES]);

/* Open backend sessions, also those in use, the keeper among them. */
size_t pool_count(struct pool *pool);

#endif
