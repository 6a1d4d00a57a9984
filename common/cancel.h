/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread that is in the middle of something that must be finished is not
 * cancelled, whatever it calls meanwhile:
 *
 *     CLEANUP(cancel_allow) int cancel_state = cancel_hold();
 */
#ifndef COMMON_CANCEL_H
#define COMMON_CANCEL_H

#include <pthread.h>

static inline int
cancel_hold(void)
{
    int state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

static inline void
cancel_allow(const int *state)
{
    pthread_setcancelstate(*state, NULL);
}

#endif
