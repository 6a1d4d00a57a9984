/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial of a member that is down, or that nobody has asked for a while, in a
 * thread of its own: one that does not come back from its module keeps no other
 * member down. For the mender alone.
 */
#ifndef ROUTER_MEMBER_TRIAL_H
#define ROUTER_MEMBER_TRIAL_H

#include "common/wake.h"

#include <pthread.h>
#include <stdint.h>

struct member;

enum member_trial_state {
    MEMBER_TRIAL_NOT,
    MEMBER_TRIAL_GOES_ON,
    MEMBER_TRIAL_FAILED /* and nobody has asked yet */
};

/* Part of each member. */
struct member_trial {
    _Atomic(unsigned) state; /* enum member_trial_state */
    uint64_t next_look; /* by clock_now, while it is up; 0: not known yet */
    uint64_t n_calls;   /* that it had answered at the last one */
    bool was_silent;    /* then, and is asked once more before it is lost */
    bool is_look;       /* what is about to begin is one */
    struct wake over;
    bool has_thread; /* to be joined */
    pthread_t thread;
};

/* The one before is over. Where p11mux makes no threads, or gets none, this
 * thread does it. */
void member_trial_begin(struct member *member);

/* Whether it is up in a token that is in use, and could be tried. */
bool member_trial_is_possible(const struct member *member);

/* Whether that is so, and nobody has asked it for a while, or others have made
 * something there; *next is when to look again, if that is sooner than what it
 * was. */
bool member_trial_is_due(struct member *member, uint64_t *next);

bool member_trial_goes_on(const struct member *member);

/* Says so once. */
bool member_trial_has_failed(struct member *member);

/* Waits for its end; false: it is still inside a module. */
bool member_trial_end(struct member *member, struct deadline until);

#endif
