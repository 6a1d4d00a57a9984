/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies on the new member of a token in mode "migrate", and on members of a
 * group that writes on all of them, of which nobody has proven yet that they
 * are right: whoever makes one has written a file about it (transfer/journal.h)
 * before there is any, and removes it when it is proven. So who reads these
 * after he has seen an object knows whether it may be used.
 */
#ifndef ROUTER_UNPROVEN_H
#define ROUTER_UNPROVEN_H

#include "router/token.h"
#include "router/transfer/journal.h"

struct unproven {
    struct journal journal; /* of that member alone */
    bool is_dark;           /* there may be more */
};

/* Whether the member may have any: something moves there. */
bool unproven_may_be_on(const struct member *member);

/* All of the member at this moment. No lock is held, and nobody is inside a
 * module. The caller clears it.
 */
void unproven_read(struct unproven *unproven, const struct member *member);
void unproven_clear(struct unproven *unproven);

/* Whether an object there may be one of them, as it is known here or on the
 * member that it comes from. */
bool unproven_has(const struct unproven *unproven,
                  const struct identity *identity);

/* For one object that was seen there: whether it may be one of them. Where
 * nobody knows which those are, so may be what another member has. */
bool unproven_is(const struct member *member, const struct identity *identity,
                 bool is_elsewhere);

#endif
