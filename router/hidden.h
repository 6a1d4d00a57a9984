/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a member shows and a search of its token does not: copies that nobody
 * has proven yet (unproven.h), and what was destroyed and is there all the same
 * (tombstone.h).
 */
#ifndef ROUTER_HIDDEN_H
#define ROUTER_HIDDEN_H

#include "router/call.h"
#include "router/tombstone.h"
#include "router/unproven.h"

struct hidden {
    struct unproven unproven;
    struct tombstones tombstones;
};

/* Whether the member may show any. */
bool hidden_may_be_on(const struct member *member);

/* Reads what it is, outside of the module, after that has shown what there is;
 * false when nobody is let in again. The caller clears it in any case. */
bool hidden_read(struct hidden *hidden, struct call *call);
void hidden_clear(struct hidden *hidden);

/* Whether an object there is such a copy. Where nobody knows which those are,
 * so is what another member has. */
bool hidden_is_unproven(const struct hidden *hidden,
                        const struct identity *identity, bool is_elsewhere);

/* Whether an object there was destroyed, perhaps under another name than it is
 * known by. The call is inside the module. */
bool hidden_is_buried(const struct hidden *hidden, const struct call *call,
                      CK_OBJECT_HANDLE handle, const struct identity *identity);

/* What the application has a handle of goes on where else it is. */
void hidden_leave(const struct call *call, CK_OBJECT_HANDLE handle,
                  bool is_new);

#endif
