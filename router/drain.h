/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A member of a group that is drained: what runs there comes to its end, what
 * begins goes to the others, and its device can be taken away meanwhile.
 */
#ifndef ROUTER_DRAIN_H
#define ROUTER_DRAIN_H

#include "router/call.h"
#include "router/session.h"
#include "router/token.h"

/* Nothing begins there from now on. */
void drain_begin(struct member *member);

/*
 * Closes what backend sessions are not in use any more, and says how many
 * operations still run there; 0: nothing is on the device but session objects
 * and a login that could not be had again. By one thread at a time.
 */
size_t drain_rest(struct member *member);

/* It serves as soon as it is found well. */
void drain_end(struct member *member);

/* Whether a call may be made there: on one that is drained only where a session
 * object of the call lives there, since nobody else can. The other says that it
 * is. */
bool drain_admits(const struct call *call, const struct member *member);
bool drain_is_used(const struct call *call, const struct member *member);

/* A call is in the session: it keeps nothing on members that are drained. */
void drain_leave(struct session *session);

#endif
