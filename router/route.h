/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a call to the member that answers it: the parts that repeating
 * a call needs too. */
#ifndef ROUTER_ROUTE_H
#define ROUTER_ROUTE_H

#include "router/facts.h"
#include "router/pool.h"
#include "router/session.h"

struct member;

/* Takes a backend session on this member: the one that an active operation
 * of the session is on, or one of the pool; false with call->rv set. */
bool route_take(struct call *call, struct member *member);

/* Gives it back, unless it is the session's own or something active is on
 * it. */
void route_give(struct call *call, enum pool_state state);

/* The member's handle for the application's; false with call->rv set, to
 * `bad` where the handle is not good. */
bool route_resolve(struct call *call, CK_OBJECT_HANDLE handle, CK_RV bad,
                   CK_OBJECT_HANDLE *out);

/* call->mechanism from call->asked_mechanism, as the member knows it. */
bool route_resolve_mechanism(struct call *call);

/* Chooses the member and its backend session, and prepares. */
bool route_choose(struct call *call);

/* Translates objects and mechanism for call->member, and enters it. */
bool route_prepare(struct call *call);

/* What route_prepare does last: into the module of the call's member; false
 * where a call hangs inside. */
bool route_enter(struct call *call, struct backend *backend);

/* The member that answers for a slot; the next one of a session's token whose
 * part is wanted. False when there is none, with call->rv set. */
bool route_to_slot(struct call *call);
bool route_to_each(struct call *call);

/* Whether the member that would be asked has no such function (R1.4). */
bool route_lacks(const struct call *call);

/* After the module has answered: leaves what route_prepare entered. */
void route_leave(struct call *call);

#endif
