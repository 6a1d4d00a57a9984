/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a group of mode "balance" spreads its operations: by what its members
 * have to do, by how fast they are and by their weights. Calls read what other
 * calls write down for themselves; they write nothing that others write.
 */
#ifndef ROUTER_BALANCE_H
#define ROUTER_BALANCE_H

#include "router/call.h"

/* What is known of the members' speed. */
struct balance;

/* NULL: no memory. */
struct balance *balance_new(void);
void balance_free(struct balance *balance);

/* Whether the call begins an operation that any member can do that has its key;
 * beside another operation, or with a key that it uses up, it is not (R3.12,
 * 7.3). */
bool balance_wants(const struct call *call);

/*
 * The one of these members of the call's token (bit i: the one with that index;
 * there is one at least) that the operation is to begin on: the one with the
 * fewest calls in flight, by turns where there are as many; each weighs as much
 * as its weight, and less when it is slower than the others.
 */
unsigned balance_choose(const struct call *call, uint32_t members);

/* A call that was timed has come back from its member. */
void balance_learn(const struct call *call, uint32_t us);

#endif
