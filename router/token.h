/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token as the application sees it, and its members: the vendors' tokens
 * that answer for it. One member for most tokens.
 */
#ifndef ROUTER_TOKEN_H
#define ROUTER_TOKEN_H

#include "backends/backend.h"
#include "common/cryptoki.h"
#include "common/lock.h"
#include "router/login-state.h"
#include "router/member-state.h"
#include "router/member-trial.h"
#include "router/object.h"

#include <stdatomic.h>
#include <stdbool.h>

struct balance;
struct migration;
struct offers;
struct pool;
struct slot_list;
struct token;

/* Whether a member stays in its place though its rule fits no more (R6.20). */
enum member_keep {
    KEEP_NOT,
    KEEP_WHAT_COMES, /* whatever C_InitToken has made there */
    KEEP_AS_SEEN     /* that token, and no other one (R6.18) */
};

/* Where a member is, all of the same life. */
struct member_place {
    const CK_FUNCTION_LIST_3_2 *functions;
    struct backend *backend;
    CK_SLOT_ID slot;
    uint32_t epoch;
};

struct member {
    struct token *token;
    unsigned index;                             /* in the token */
    _Atomic(const struct config_member *) rule; /* NULL: a token no rule
                                                   names */
    struct pool *pool;

    /* Written by a scan, read by calls. The functions are NULL until the
     * token was seen; `is_present` says whether it is there now. */
    _Atomic(const CK_FUNCTION_LIST_3_2 *) functions;
    _Atomic(struct backend *) backend;
    _Atomic(CK_SLOT_ID) slot;
    _Atomic(bool) is_present;
    _Atomic(uint32_t) epoch;   /* its lives: what the device knew of an
                                  earlier one it knows no more */
    _Atomic(uint32_t) tokens;  /* how many it has been: what belongs to an
                                  earlier one is lost (R6.18) */
    _Atomic(uint32_t) changes; /* odd while a scan writes what is above */
    _Atomic(bool) is_guarded;  /* backend_enter and backend_leave count */
    _Atomic(bool) reuses_handles;
    _Atomic(uint32_t) login;      /* the token's login that it has followed */
    _Atomic(uint32_t) relogins;   /* one up before p11mux itself logs in its
                                     user, whom it may have forgotten */
    _Atomic(bool) is_left_out;    /* of a group: its user cannot be logged in
                                     (router/login-left-out.c) */
    _Atomic(bool) is_drained;     /* of a group: nothing begins there
                                     (router/drain.h) */
    struct login_memory refusals; /* of a group: what it did not take */
    _Atomic(bool) owes_logout;    /* it was down when the user logged out */
    struct member_health health;
    struct member_trial trial;
    _Atomic(unsigned) hang; /* enum hang */

    /* Of a group: it gets nothing new while another member can answer
     * (router/watch-slow.c). */
    _Atomic(bool) is_slow;

    /* Only for who has the turn to look at the control page. */
    bool is_awaited;   /* it was drained, and is not known to be well */
    uint64_t admitted; /* the last such command that it has obeyed */

    /* Only with the watch's lock held. */
    unsigned n_stuck; /* calls that do not come back from it, or from whoever
                         shares its module's one door */
    unsigned n_slow;  /* those that it takes far longer for than usual */

    /* Only with the slots' lock held. */
    unsigned backend_epoch;
    CK_SLOT_INFO seen_slot; /* as the last scan that saw it saw it */
    CK_TOKEN_INFO seen;
    enum member_keep keep;
    char *trouble;       /* why it is down, a sentence of its own; or NULL */
    bool is_trouble_new; /* the log does not have it yet */
};

/* Whether a call does not come back from a member. */
enum hang {
    HANG_NOT,
    HANG_CAUGHT,   /* it is inside */
    HANG_OVER,     /* it has come out, and nobody has looked yet */
    HANG_LOOKED_AT /* by one thread */
};

/* How calls treat the certificates that a token has no room for. */
enum spill_use {
    SPILL_MERGED, /* as the configuration says, and each is shown once */
    SPILL_APART,  /* the same one on the token and in the store is shown
                     twice */
    SPILL_CLOSED  /* as well, and one that the token has no room for is
                     refused */
};

struct token {
    CK_SLOT_ID slot;
    _Atomic(const struct config_token *) rule; /* NULL: no rule names it */
    struct slot_list *list;                    /* it is in; NULL: in none */
    char label[33]; /* for messages: as configured, or as first seen */
    enum group_mode mode;
    struct member *members;
    unsigned n_members;
    struct member *overflow; /* beside those: what they have no room for, kept
                                elsewhere; or NULL */
    enum spill_use spill_use;
    struct object_space *objects;
    _Atomic(const struct config_pool *) pool; /* how backend sessions are
                                                 kept */
    _Atomic(unsigned) hangs;                  /* members with a `hang` */
    _Atomic(uint32_t) n_back; /* how often a member has come back that was
                                 lost and held back */
    _Atomic(bool) is_paused;  /* nothing begins on it (router/pause.h) */
    bool is_awaited;          /* it was there when it was paused */
    _Atomic(bool) is_removed; /* the configuration has it no more
                                 (router/slot-change.h) */
    bool is_renewed;      /* it rests for a moment: its keeper is replaced and
                             nothing can stand in for it */
    uint64_t reconnected; /* the last such command that it has obeyed */
    _Atomic(unsigned) first;     /* of a group: the member that comes first */
    uint64_t promoted;           /* the last such command that it has obeyed */
    _Atomic(uint32_t) mended_at; /* the login's epoch, plus 1, when it was
                                    looked for what others have left half way */
    struct login login;
    struct offers *offers;       /* of a group; else NULL */
    struct balance *balance;     /* of one of mode "balance"; else NULL */
    struct migration *migration; /* of one of mode "migrate"; else NULL */

    /* On a line of their own: each open and close writes them. */
    _Alignas(64) _Atomic(uint64_t) sessions; /* R/W ones << 32 | all */
    _Atomic(uint64_t) calls; /* counted, of sessions that are over */
    _Atomic(uint64_t) refused;

    /* Only with the slots' lock held. */
    char *identity;   /* of a token that no rule names; NULL otherwise */
    bool was_present; /* for events (R6.14) */
    bool has_event;
    bool is_shown;       /* of a group: its texts are chosen, and stay (R6.9) */
    CK_TOKEN_INFO shown; /* only the texts */
};

/*
 * A token with `n_members` members that are nowhere yet. `label` is copied,
 * `rule` (or NULL) is lent for the token's life. NULL: no memory.
 */
struct token *token_new(CK_SLOT_ID slot, const char *label,
                        const struct config_token *rule, unsigned n_members);
void token_free(struct token *token);

/* Takes another rule over, which differs from the one before in nothing but
 * keys that reload; both are lent for the token's life. No lock is held. */
void token_reload(struct token *token, const struct config_token *rule);

/* Whether some member of it can be asked. */
bool token_is_present(const struct token *token);

/* The member to ask first, but for those in `tried`, a bit for each: NULL when
 * none is left. */
struct member *token_member(const struct token *token, uint32_t tried);

/* Where what stays is made, and PINs change (R7.20): whether it can be asked or
 * not. */
struct member *token_first(const struct token *token);

/* Reads where it is while a scan may be changing that. */
void member_read(const struct member *member, struct member_place *out);

/* Whether it can be asked at the moment; and whether what was begun there goes
 * on there, though it is drained. */
bool member_is_usable(const struct member *member);
bool member_goes_on(const struct member *member);

/* Its place in the order in which members are asked, from 0 on; of two that one
 * may have the same. */
static inline unsigned
member_place_in_line(const struct member *member)
{
    return member->index == atomic_load_explicit(&member->token->first,
                                                 memory_order_relaxed)
               ? 0
               : member->index + 1;
}

static inline bool
member_is_slow(const struct member *member)
{
    return __builtin_expect(atomic_load_explicit(&member->is_slow,
                                                 memory_order_relaxed),
                            0);
}

/* Whether it is, and another member of its group can be asked that is not. */
bool member_is_passed_over(const struct member *member);

/* Whether its device is away; one that hangs is there. */
static inline bool
member_is_away(const struct member *member)
{
    return !atomic_load_explicit(&member->is_present, memory_order_acquire) ||
           !member_health_is_good(&member->health);
}

/* Whether nobody may go there, not even who is on the way. */
static inline bool
member_is_stuck(const struct member *member)
{
    return __builtin_expect(atomic_load_explicit(&member->hang,
                                                 memory_order_relaxed) ==
                                HANG_CAUGHT,
                            0);
}

/*
 * Puts the member where a scan found it. A new place or a new life of the
 * backend is a new life of the member; another token there (R6.18) ends the
 * sessions and handles of before. The slots' lock is held.
 */
void member_place(struct member *member, struct backend *backend,
                  CK_SLOT_ID slot, bool is_other_token);

/* The token is not there any more. */
void member_displace(struct member *member);

/* The same token has forgotten all that was open: backend sessions, their
 * objects and who was logged in. What the application has goes on (DESIGN
 * 4). */
void member_begin_life(struct member *member);

/* Its backend sessions are closed as they come free, and whoever needs one
 * opens another (an operator's wish: the device is well). What the application
 * has goes on. False as pool_renew. No lock is held. */
bool member_reconnect(struct member *member);

/* Somebody has taken it out of its slot (R6.17): what the application has is
 * lost. */
void member_take_out(struct member *member);

/* The same for all members, whose devices are there: their backend sessions
 * are still to be closed. The slots' lock is held. */
void token_dismiss(struct token *token);

/* Sessions of the application; those that are R/W. Both of one moment. */
struct token_sessions {
    uint32_t all;
    uint32_t read_write;
};

static inline struct token_sessions
token_sessions(const struct token *token)
{
    uint64_t word = atomic_load(&token->sessions);

    return (struct token_sessions){ (uint32_t)word, (uint32_t)(word >> 32) };
}

/*
 * Counts a session of the application. The first one and the last one are
 * not counted: false, and whoever has the token's turn counts them with what
 * they begin and end (R2.9, R3.7).
 */
bool token_count_open(struct token *token, CK_FLAGS flags);
bool token_count_close(struct token *token, CK_FLAGS flags);
void token_count_first(struct token *token, CK_FLAGS flags);
bool token_count_last(struct token *token, CK_FLAGS flags);

#endif
