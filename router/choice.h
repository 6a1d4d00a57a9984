/* SPDX-License-Identifier: BSD-3-Clause */
/* Which member of a token answers a call (7.4, R7.10). */
#ifndef ROUTER_CHOICE_H
#define ROUTER_CHOICE_H

#include "router/call.h"
#include "router/pool.h"

/*
 * The member to ask: of those that were not tried and can be asked the first
 * one that has the call's objects; one that may have them comes after those,
 * then who is looked at just now, a standby last; in mode "balance" the one
 * with the least to do of those that have them. NULL: there is none.
 */
struct member *choice_member(const struct call *call);

/* In mode "balance": whether what a member has refused may be asked of another
 * one, which may allow it (R7.9); where none does call->rv is the answer of the
 * first of them. */
bool choice_asks_another(struct call *call);

/* The same: whether the key of an operation that begins beside another one is
 * not where that one is, but elsewhere. */
bool choice_is_elsewhere(const struct call *call, const struct member *member);

/* Takes a backend session on it, or on the next one where there is none to be
 * had; false with call->rv set. */
bool choice_take(struct call *call);

/* The call could not be prepared on its member: whether it is on another. */
bool choice_goes_on(struct call *call);

/* A member was chosen. */
void choice_note(struct call *call, const struct member *member);

/* It could not be asked: whether it is lost is looked at. */
void choice_note_failure(struct call *call);

/* It lets the backend session go that it cannot be made in. */
void choice_leave(struct call *call, enum pool_state state);

#endif
