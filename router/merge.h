/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that several members of a token have, shown once (R7.15). */
#ifndef ROUTER_MERGE_H
#define ROUTER_MERGE_H

#include "router/call.h"

/*
 * handles[first .. *count) are the call's member's own, just found there, and
 * become the application's; handles below `first` are of members before it.
 * Those that are the same key or certificate as an earlier one are bound to
 * that one's entry and taken out; so are copies that nobody has proven yet
 * (unproven.h), and what was destroyed and is there all the same
 * (tombstone.h).
 */
CK_RV merge_found(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
                  size_t *count);

/*
 * When all members have been asked: takes out what a member shows that is not
 * so for the group. That is what its device can do and another one's cannot
 * (R7.21), and where public objects are wanted those that are private on
 * another one (R7.18).
 */
void merge_settle(const struct token *token, bool wants_public,
                  CK_OBJECT_HANDLE *handles, size_t *count);

#endif
