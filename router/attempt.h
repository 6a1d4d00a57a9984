/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call of a group has tried so far: whom, for how long, and what came of
 * it (struct attempt of its session). */
#ifndef ROUTER_ATTEMPT_H
#define ROUTER_ATTEMPT_H

#include "router/call.h"

/* A call begins: nobody has been tried. */
void attempt_begin(struct call *call);

/* A member has failed the call, and is to be looked at: its time counts from
 * the first one on. */
void attempt_note_time(struct call *call);

/* The first such code is what is said when nobody can do it; that one has not
 * what is asked for only where none says anything else. */
void attempt_remember(struct call *call, CK_RV failure);
void attempt_remember_absence(struct call *call, CK_RV failure);

/* Whether the call has used up its time (R7.6). */
bool attempt_is_late(const struct call *call);

#endif
