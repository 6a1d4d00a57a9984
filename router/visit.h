/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at what a member has, in one of its backend sessions: by a call, or
 * by p11mux itself. Whoever does is inside of the member's module, and leaves
 * it while a file is read.
 */
#ifndef ROUTER_VISIT_H
#define ROUTER_VISIT_H

#include "router/call.h"
#include "router/identity-read.h"
#include "router/pool.h"

struct visit {
    struct pool_session *pooled;
    struct call *call; /* that has it, and is inside; NULL: p11mux has */
    const struct catalogue *catalogue; /* what answers searches; NULL: the
                                          member does */
    struct stay stay;
    bool is_inside; /* p11mux itself is */
};

/* False: nobody is let in there, for which visit_refusal is the code. */
bool visit_enter(struct visit *visit);
void visit_leave(struct visit *visit);
CK_RV visit_refusal(const struct visit *visit);

/* Where its objects are, for who is inside. */
struct identity_place visit_place(const struct visit *visit);

static inline struct member *
visit_member(const struct visit *visit)
{
    return visit->pooled->member;
}

/* Those of its token. */
struct object_space *visit_objects(const struct visit *visit);

#endif
