/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a member is: up, suspect, down or recovering (R7.3). Calls read it; a
 * probe, which one thread makes at a time, and the mender change it.
 */
#ifndef ROUTER_MEMBER_STATE_H
#define ROUTER_MEMBER_STATE_H

#include "common/cryptoki.h"
#include "router/turn.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct member;

enum member_state {
    MEMBER_UP,
    MEMBER_SUSPECT,   /* a probe is on its way; calls go on meanwhile */
    MEMBER_DOWN,      /* nobody is asked until it is tried again */
    MEMBER_RECOVERING /* it is being tried; calls are still refused */
};

/* Part of each member. */
struct member_health {
    _Atomic(unsigned) state;        /* enum member_state */
    struct turn probing;            /* one probe at a time */
    _Atomic(uint64_t) probed_at;    /* when the last one ended; 0: none has */
    _Atomic(unsigned) verdict;      /* of the last one; router/member-probe.h */
    _Atomic(uint32_t) probes;       /* so far */
    _Atomic(unsigned) failures;     /* in a row, while it is down */
    _Atomic(uint64_t) next_try;     /* by clock_now, while it is down */
    _Atomic(uint64_t) down_since;   /* the same */
    _Atomic(uint64_t) restarted_at; /* its module, for this; 0: never */
    _Atomic(uint32_t) losses;       /* how often it went down */
    _Atomic(uint32_t) recoveries;   /* how often it came back */
    _Atomic(uint64_t) changed_us;   /* of the real time: when it last went, came
                                       back, or was drained; 0: never */
    _Atomic(uint32_t) held_back;    /* 0: it is not (member_hold_back) */
};

/* What may be shown of it; a copy, each figure of about the same moment. */
struct member_view {
    enum member_state state;
    bool is_present;
    uint32_t losses;
    uint32_t recoveries;
    uint64_t down_ms;     /* for how long it has been down; 0: it is not */
    uint64_t next_try_ms; /* from now; 0: it is up, or due */
};

void member_health_init(struct member_health *health);
void member_health_destroy(struct member_health *health);

/* Whether it is neither down nor recovering. */
static inline bool
member_health_is_good(const struct member_health *health)
{
    return atomic_load_explicit(&health->state, memory_order_relaxed) <=
           MEMBER_SUSPECT;
}

/* What may be seen of it has changed just now. */
void member_note_change(struct member *member);

void member_view(const struct member *member, struct member_view *out);

/*
 * It is lost: nobody is asked there until it has recovered. Said in the log
 * and in the audit log, once; `function` (or NULL) answered `rv`. No lock of
 * p11mux is held.
 */
void member_fail(struct member *member, const char *function, CK_RV rv);

/* A try to recover has failed: when the next one is due. */
void member_put_off(struct member *member);

/* It is tried again in a moment: its module is starting. */
void member_try_soon(struct member *member);

/* It is tried now if it is down and was seen; whether it is. */
bool member_hasten(struct member *member);

/* It has recovered; said as its loss was. */
void member_recover(struct member *member);

/*
 * With `failback = "manual"` one that was lost does not serve again while
 * another can, until it is admitted (R7.3): held back is nobody, MEMBER_IS_LOST
 * who has not come back, else it is its place among those who have.
 */
#define MEMBER_IS_LOST UINT32_MAX
void member_hold_back(struct member *member);
void member_come_back(struct member *member);
void member_admit(struct member *member);
uint32_t member_held_back(const struct member *member);

/* It was drained, and is to be found well before it serves. */
void member_return(struct member *member);

/* Whether it is down and the time to try it again has come; else *next is
 * when, if that is sooner than what it was. */
bool member_is_due(const struct member *member, uint64_t *next);

/* While a token is in use a member of it that is down is tried at least this
 * often (DESIGN 4). */
extern const uint64_t member_longest_wait_ms;

#endif
