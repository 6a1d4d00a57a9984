/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a member has the objects of a call. */
#ifndef ROUTER_HOLDING_H
#define ROUTER_HOLDING_H

#include "router/call.h"

enum holding { HOLDS_NOT, MAY_HOLD, HOLDS };

/* The least of all of its objects, and of its operation's key. A key that
 * signatures use up is on the first one that has it, and on no other (7.3). */
enum holding member_holds(const struct call *call, const struct member *member);

#endif
