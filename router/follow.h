/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a forked child does with what its parent left (DESIGN 4, R5.2): it
 * forgets it, or with fork = "follow" goes on where its parent was.
 */
#ifndef ROUTER_FOLLOW_H
#define ROUTER_FOLLOW_H

#include <stdbool.h>

/* Whether children that are forked from now on may follow. */
void follow_allow(bool may_follow);

/*
 * Before any lock of the router's is taken: in a forked child those of its
 * parent are made anew, once, and what it served is left to be followed or is
 * forgotten.
 */
void follow_move_in(void);

/*
 * For a call that finds itself not served: true when it is now, because the
 * parent was and the child goes on. The first call of a child does that, and
 * others wait for it.
 */
bool follow_parent(void);

/* The child begins or ends by itself: the caller found PHASE_LEFT. */
void follow_forget(void);

#endif
