/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a member has the objects of a call. */
#ifndef ROUTER_HOLDING_H
#define ROUTER_HOLDING_H

#include "router/call.h"

enum holding { HOLDS_NOT, MAY_HOLD, HOLDS };

/* The least of all of its objects, and of its operation's key; HOLDS_NOT where
 * it may not sign. */
enum holding member_holds(const struct call *call, const struct member *member);

/*
 * Of a call with a mechanism. Members that sign with copies of one key that
 * signatures use up give it away, one after the other and in two processes too:
 * such keys are the first configured member's (7.3).
 */
bool member_may_sign(const struct call *call, const struct member *member);

#endif
