/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend session on one member of a group, for what a call does there and on
 * the others. Whoever works on it is in the module for the time of each of the
 * vendor's functions and no longer, so that nobody is ever in two modules, and
 * each function that does not come back is its own member's.
 */
#ifndef ROUTER_REPLICA_H
#define ROUTER_REPLICA_H

#include "router/call.h"
#include "router/identity-read.h"
#include "router/pool.h"

struct replica {
    struct member *member;
    struct pool_session *pooled;      /* NULL: none could be had */
    const CK_FUNCTION_LIST_3_2 *list; /* its module's */
    CK_SESSION_HANDLE handle;         /* there */
    struct stay stay;                 /* while inside */
    enum pool_state state;            /* what has been answered says of it */
    bool is_calls;                    /* the call's own backend session */
    bool is_shut; /* somebody was not asked: it hangs, or is lost */
};

/* Takes one, on which whoever is logged in is so; why not. It lies where it is
 * until replica_end, in any case. */
CK_RV replica_begin(struct replica *replica, struct session *session,
                    struct member *member);

/* The same with the one that the call has, which stays the call's. */
void replica_borrow(struct replica *replica, struct pool_session *pooled);

/* Gives it back; a member that it has shown to be lost is so for all. */
void replica_end(struct replica *replica, struct session *session);

/* Where its objects are; what is called there forwards. */
struct identity_place replica_place(struct replica *replica);

/* A vendor's function has answered. */
void replica_note(struct replica *replica, unsigned function, CK_RV rv);

/* What the application is told of another member's answer: its session,
 * handles and logins there are not the application's. */
CK_RV replica_code(const struct replica *replica, unsigned function, CK_RV rv);

/* For replica.c. */
extern const CK_FUNCTION_LIST_3_2 replica_functions;

#endif
