/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A member that hangs: a call does not come back from it. Nobody else goes
 * there meanwhile; when it has come back the next one who wants to looks first
 * whether the member is well.
 */
#ifndef ROUTER_HANG_H
#define ROUTER_HANG_H

#include "router/call.h"
#include "router/token.h"

/* A call begins: whether a member of its token hangs and it is to be refused
 * for that, with call->rv set. */
bool hang_refuses(struct call *call);

static inline bool
hang_forbids(struct call *call)
{
    return call->token != NULL &&
           __builtin_expect(atomic_load_explicit(&call->token->hangs,
                                                 memory_order_relaxed) != 0,
                            0) &&
           hang_refuses(call);
}

/* For the watch, with its lock held: a call there hangs in that backend, to
 * which the member may have said goodbye by the time that it returns; then,
 * whether no other one hangs in it. */
void hang_begin(struct member *member, struct backend *backend);
void hang_end(struct member *member, struct backend *backend, bool was_last);

/* Looks after a member that the call has come back from. */
void hang_tend(struct member *member);

#endif
