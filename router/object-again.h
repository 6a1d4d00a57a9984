/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that are seen again under a handle that is new to p11mux. */
#ifndef ROUTER_OBJECT_AGAIN_H
#define ROUTER_OBJECT_AGAIN_H

#include "router/object.h"

/*
 * The entry that an object had, which is seen at this place now, bound to it:
 * in a forked child an entry of before the fork; where each backend session
 * has handles of its own (R2.12), or other members have objects too, one that
 * has none in this life: there it is asked each time (`is_asked`). 0 when none,
 * or more than one, may mean it.
 */
CK_OBJECT_HANDLE object_space_rejoin(struct object_space *space,
                                     struct object_place place,
                                     const struct identity *identity,
                                     bool is_asked);

#endif
