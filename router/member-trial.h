/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial of a member that is down, in a thread of its own: one that does not
 * come back from its module keeps no other member down. For the mender alone.
 */
#ifndef ROUTER_MEMBER_TRIAL_H
#define ROUTER_MEMBER_TRIAL_H

#include "common/wake.h"

#include <pthread.h>

struct member;

enum member_trial_state {
    MEMBER_TRIAL_NOT,
    MEMBER_TRIAL_GOES_ON,
    MEMBER_TRIAL_FAILED /* and nobody has asked yet */
};

/* Part of each member. */
struct member_trial {
    _Atomic(unsigned) state; /* enum member_trial_state */
    struct wake over;
    bool has_thread; /* to be joined */
    pthread_t thread;
};

/* The one before is over. Where p11mux makes no threads, or gets none, this
 * thread does it. */
void member_trial_begin(struct member *member);

bool member_trial_goes_on(const struct member *member);

/* Says so once. */
bool member_trial_has_failed(struct member *member);

/* Waits for its end; false: it is still inside a module. */
bool member_trial_end(struct member *member, struct deadline until);

#endif
