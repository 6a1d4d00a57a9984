/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend session on another member than the call's, for
 * router/replicate*.c. */
#ifndef ROUTER_REPLICATE_PLACE_H
#define ROUTER_REPLICATE_PLACE_H

#include "router/call.h"
#include "router/identity-read.h"
#include "router/pool.h"
#include "router/watch.h"

struct replica {
    struct member *member;
    struct pool_session *pooled;
    struct stay stay;
    bool is_calls; /* the call's own backend session */
    bool stays;
};

/* Goes there; false with why. replica_end in any case. */
CK_RV replica_begin(struct replica *replica, struct session *session,
                    struct member *member, unsigned function);
void replica_end(struct replica *replica, struct session *session);

/* Into its module, and out of it; may be in two at a time, and the thread is
 * not cancelled meanwhile. */
bool replica_enter(struct replica *replica, unsigned function);
void replica_leave(struct replica *replica);

/* The call's own member has refused: the others are as it is. */
void replicate_restore(struct call *call);

static inline struct identity_place
replica_place(const struct pool_session *pooled)
{
    return (struct identity_place){ pooled->functions, pooled->handle };
}

#endif
