/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * C_DestroyObject on a token in mode "migrate" whose old member cannot do it
 * (R9.4): with `tombstones = true` a tombstone is on the disk first
 * (router/tombstone.h), then the new member destroys what it has. Whoever is
 * killed in between leaves an object that the new member has, and that is
 * there.
 */
#ifndef ROUTER_BURIAL_H
#define ROUTER_BURIAL_H

#include "router/call.h"
#include "router/identity.h"

/*
 * A member has not done what the call does, before its own member is asked:
 * whether a tombstone takes the place of that. `rv` is what the member said
 * itself.
 */
bool burial_begin(struct call *call, const struct member *member,
                  const struct identity *identity, CK_RV rv);

/*
 * The call's own member has answered. One that has refused: its tombstone is
 * taken back. One that is the old member itself, or that lacks what only the
 * old one has: the object is buried now, and call->rv says so.
 */
void burial_settle(struct call *call);

/* The call never came back: its tombstone stays. */
void burial_forget(struct call *call);

#endif
