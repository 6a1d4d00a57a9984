/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtual sessions: what C_OpenSession gives to the application. One table
 * for the process, whose cells are never given back; found and taken in one
 * compare-and-swap.
 */
#ifndef ROUTER_SESSION_H
#define ROUTER_SESSION_H

#include "common/clock.h"
#include "router/counts.h"
#include "router/handle.h"
#include "router/operation.h"

#include <stdatomic.h>
#include <stdbool.h>

struct token;
struct pool_session;
struct search;

/* The flags of a cell's word; the generation stands above them. */
#define SESSION_BUSY UINT64_C(0x01) /* a call is inside */
#define SESSION_LIVE UINT64_C(0x02)

/* The flags of a cell's notice to whoever is inside; the generation stands
 * above them too. */
#define SESSION_WAITERS UINT64_C(0x01) /* another call waits for it */
#define SESSION_CLOSING UINT64_C(0x02) /* dead; who gives it frees it */
#define SESSION_STUCK   UINT64_C(0x04) /* the call inside hangs */

enum { SESSION_GENERATION_SHIFT = 8 };

enum { SESSION_LENGTHS = 8 };

/* What a call of a group has tried so far. */
struct attempt {
    uint64_t others;     /* who never answers the session (router/tie.h) */
    uint64_t tried;      /* a bit for each member of the token */
    CK_RV failure;       /* of the first one that failed; CKR_OK: none has */
    uint64_t failed_at;  /* by clock_now_coarse; 0: not yet */
    CK_RV buried;        /* why an old member has not destroyed what is; CKR_OK:
                            nothing was buried (router/burial.h) */
    char *tombstone;     /* until its own member has answered; or NULL */
    bool is_absence : 1; /* the failure is that one has not what was asked
                            for, no more */
    bool has_moved : 1;  /* to another member, once (R7.6) */
    bool is_again : 1;   /* in another backend session of the same one,
                            once */
    bool waits_for_slow : 1; /* no other member will do */
    bool is_spread : 1;      /* the others have done it, its own member is
                                left */
    bool uses_drained : 1;   /* what it is for lives in a session of a member
                                that is drained, and stays there */
    uint8_t chosen;          /* the member that was, last */
    uint8_t sized;           /* the function, plus 1, that asked for a size
                                last */
    uint8_t sized_by;        /* the member that told it */
    int journal;             /* locked, while its call `replicates`, or none */
};

/* Everything below `notice` belongs to whoever holds the cell. */
struct session {
    _Atomic(uint64_t) word;
    _Atomic(uint64_t) notice;
    _Atomic(uint32_t) place; /* session_enter; for router/watch-look.c */
    uint32_t index;
    uint32_t next_free;
    struct token *token;
    struct pool_session *held;      /* kept from open to close, by member */
    struct pool_session *parked;    /* used last, may be taken by others */
    struct pool_session *aside;     /* its own in the overflow; or NULL */
    _Atomic(uint64_t) calls;        /* in this cell, whoever had it */
    CK_FLAGS flags;                 /* of C_OpenSession */
    _Atomic(uint64_t) calls_before; /* of those, what its token knows */
    _Atomic(uint64_t) refused;      /* the same, of what no member saw */
    CK_VOID_PTR application;
    CK_NOTIFY notify;
    _Atomic(uint32_t) first_object; /* of the session objects it owns; changed
                                       with their space's lock held */
    uint16_t active;                /* a bit for each operation kind */
    bool opened;                    /* counted with its token */
    _Atomic(bool) waits;    /* its call waits for a backend session, and has
                               none */
    _Atomic(uint8_t) queue; /* the member, plus 1, in whose line or before whose
                              door its call stands; 0: in none */
    bool is_lost;           /* it was said that its token went away */
    uint32_t tokens;        /* which one a plain token was then */
    uint32_t logouts;       /* the token's when its last call began */
    CK_FLAGS validated;     /* by the last operation (R3.22) */
    CK_ULONG device_error;  /* the last one that a module told of (R3.20) */
    struct attempt attempt;
    struct search *search;
    struct mechanism_copy *passed; /* for calls that are no operation */
    struct operation *operations[OPERATION_KINDS];
    CK_ULONG lengths[SESSION_LENGTHS]; /* lengths_keep */
};

_Static_assert(sizeof(struct session) <= 384, "a virtual session is small");

enum {
    SESSION_CHUNK_CELLS = 64,
    SESSION_CHUNKS = (1 << HANDLE_INDEX_BITS) / SESSION_CHUNK_CELLS
};

/* Chunks of cells come and never go; a reader needs one acquiring load. */
extern _Atomic(struct session *) session_chunks[SESSION_CHUNKS];

/* The cell at an index, of any generation; NULL: there is none. */
static inline struct session *
session_cell(uint32_t index)
{
    struct session *chunk =
        atomic_load_explicit(&session_chunks[index / SESSION_CHUNK_CELLS],
                             memory_order_acquire);

    return chunk == NULL ? NULL : &chunk[index % SESSION_CHUNK_CELLS];
}

/* The rarer ways of session_take and session_give. */
struct session *session_take_slowly(struct session *session,
                                    uint64_t generation);
struct session *session_refuse(struct session *session);
void session_heed(struct session *session);

/* Whether giving may be a plain store: see session-notice.c. */
extern bool session_gives_plainly;

/*
 * Takes the session for one call, waiting for a call of another thread in
 * the same session. NULL: the handle is not good, or was closed meanwhile.
 */
static inline struct session *
session_take(CK_SESSION_HANDLE handle)
{
    uint64_t generation = handle_generation(handle);
    struct session *session = session_cell(handle_index(handle));
    uint64_t idle = generation << SESSION_GENERATION_SHIFT | SESSION_LIVE;

    if (session == NULL || handle_kind(handle) != HANDLE_SESSION ||
        generation > HANDLE_MAX_GENERATION)
        return NULL;
    if (!atomic_compare_exchange_strong_explicit(&session->word, &idle,
                                                 idle | SESSION_BUSY,
                                                 memory_order_seq_cst,
                                                 memory_order_relaxed))
        return session_take_slowly(session, generation);
    return __builtin_expect((atomic_load_explicit(&session->notice,
                                                  memory_order_relaxed) &
                             SESSION_CLOSING) != 0,
                            0)
               ? session_refuse(session)
               : session;
}

/* Lets it go; frees it when it was closed meanwhile. */
static inline void
session_give(struct session *session)
{
    uint64_t idle = atomic_load_explicit(&session->word, memory_order_relaxed) -
                    SESSION_BUSY;

    if (__builtin_expect(session_gives_plainly, 1)) {
        atomic_store_explicit(&session->word, idle, memory_order_release);
        atomic_signal_fence(memory_order_seq_cst);
    } else {
        atomic_exchange(&session->word, idle);
    }
    if (__builtin_expect((atomic_load_explicit(&session->notice,
                                               memory_order_relaxed) &
                          (SESSION_WAITERS | SESSION_CLOSING |
                           SESSION_STUCK)) != 0,
                         0))
        session_heed(session);
}

/*
 * Its call goes into a module, and comes out again: plain stores, which with
 * the number of the call tell the watch whose it is. The member's index and the
 * function; 0: no call is in any module.
 */
enum { SESSION_FUNCTION_BITS = 8 };

static inline void
session_enter(struct session *session, unsigned member, unsigned function)
{
    atomic_store_explicit(&session->place,
                          member << SESSION_FUNCTION_BITS | (function + 1),
                          memory_order_relaxed);
}

static inline void
session_leave(struct session *session)
{
    atomic_store_explicit(&session->place, 0, memory_order_relaxed);
}

/* Its call stands in line for a member, and no longer: it is inside nobody
 * meanwhile, and asks that one next. */
static inline void
session_queue(struct session *session, unsigned member)
{
    atomic_store(&session->queue, (uint8_t)(member + 1));
}

static inline void
session_unqueue(struct session *session)
{
    atomic_store(&session->queue, 0);
}

/* How many cells there have been so far; that of index 0 is none. */
uint32_t session_count_cells(void);

/* Why session_take gave nothing: CKR_SESSION_HANDLE_INVALID, or that the call
 * inside hangs. */
CK_RV session_refusal(CK_SESSION_HANDLE handle);

/* Takes a cell for whoever is no call of the application's, if there is an open
 * session in it that no call is inside. */
bool session_take_if_idle(struct session *session);

/* Counts the call that holds it; true: this one is timed. */
static inline bool
session_count_call(struct session *session)
{
    uint64_t calls =
        atomic_load_explicit(&session->calls, memory_order_relaxed) + 1;

    atomic_store_explicit(&session->calls, calls, memory_order_relaxed);
    return counts_samples(calls);
}

/* The token takes over what was counted; by whoever holds the session. */
void session_pass_counts(struct session *session);

/* Tells what is counted in open cells and not taken over yet. */
typedef void session_counts_taker(const struct token *token, uint64_t calls,
                                  uint64_t refused, void *context);
void session_tell_counts(session_counts_taker *take, void *context);

/*
 * A new session of the token, taken; whoever opens it sets `opened` once it
 * is counted. NULL: no memory, or 2^23 sessions are open.
 */
struct session *session_new(struct token *token, CK_FLAGS flags);

/* The handle of a session that the caller holds. */
CK_SESSION_HANDLE session_handle(const struct session *session);

/*
 * Closes a session: if a call is inside, its handle is dead at once and the
 * returning call frees it. False: the handle is not good.
 */
bool session_close(CK_SESSION_HANDLE handle);

/* Closes every session of a token (NULL: of all); true when none had a call
 * inside. */
bool session_close_all(const struct token *token);

/*
 * Takes each session of a token in turn that no call is inside, and gives it
 * again; the number of those that one is inside which does not wait.
 */
size_t session_visit_idle(const struct token *token,
                          void (*visit)(struct session *session, void *context),
                          void *context);

/* Whether a call is inside some session; for C_Finalize. */
bool session_any_is_busy(void);

/* In how many sessions of a token a call stays that may be inside one of these
 * members (bit i: the one with that index), while each is looked at for some
 * milliseconds. */
size_t session_count_staying(const struct token *token, uint32_t members);

/* Says whether a session is kept, and makes it ready for that; `was_busy`: a
 * call was inside at the fork. */
typedef bool session_keeper(struct session *session, bool was_busy,
                            void *context);

/*
 * In a forked child: open sessions that `keeps` (NULL: none) keeps are idle
 * now. Every other cell is free, what it pointed to is leaked (it is the
 * parent's), and its generation goes on, so that the parent's handle is stale
 * here (R5.3).
 */
void session_rebuild(session_keeper *keeps, void *context);

/* The same, and none is kept. */
void session_forget_all(void);

/* The chunks' cells forget what they have parked, before the pools go. */
void session_unpark_all(void);

/* Whether an active operation other than `except`, or a search that goes on,
 * is on that backend session. */
bool session_uses(const struct session *session,
                  const struct pool_session *pooled,
                  const struct operation *except);

/* The backend session of an active operation, or of a search that goes on;
 * NULL: there is none. */
struct pool_session *session_bound(const struct session *session);

/* An operation of this kind is active from now on. */
void session_begins(struct session *session, enum operation_kind kind);

/* Whether an operation of this kind is active. */
static inline bool
session_is_active(const struct session *session, enum operation_kind kind)
{
    return (session->active >> kind & 1) != 0;
}

/* The first active one that is no search, or NULL. */
static inline struct operation *
session_any_operation(const struct session *session)
{
    unsigned active = session->active & ~(1u << OPERATION_FIND);

    return active == 0 ? NULL : session->operations[__builtin_ctz(active)];
}

/* The record of an operation kind, made when first needed; NULL: no
 * memory. */
struct operation *session_new_operation(struct session *session,
                                        enum operation_kind kind);

static inline struct operation *
session_operation(struct session *session, enum operation_kind kind)
{
    return session->operations[kind] != NULL
               ? session->operations[kind]
               : session_new_operation(session, kind);
}

#endif
