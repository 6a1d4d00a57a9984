/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups that write on all members (`write = "replicate"`): what is made on one
 * is copied to the others before its call returns, and is on none if one of
 * them cannot have it; what is destroyed or changed is so on all.
 */
#ifndef ROUTER_REPLICATE_H
#define ROUTER_REPLICATE_H

#include "router/call.h"

/* Whether what the call makes or changes, and that lasts, is to be on all
 * members of its token. */
bool replicate_wants(const struct call *call);

/* Whether all members are there. */
bool replicate_is_possible(const struct token *token);

/* Whether the template itself forbids that another member has it. */
bool replicate_is_forbidden(const struct call *call);

/*
 * Before anybody is asked: nobody brings the members level meanwhile, and what
 * is copied can be written down. False with call->rv set; replicate_end when
 * the call lets go.
 */
bool replicate_begin(struct call *call);
void replicate_end(struct call *call);

/*
 * Before the call's own member is asked: the others destroy or change what they
 * have of it. False with call->rv set: one of them does not, and those that had
 * changed it are as they were.
 */
bool replicate_before(struct call *call);

/*
 * After its own member has answered, and what it made has its handles: the
 * others get copies, or else nobody has anything and call->rv says why. It is
 * CKR_GENERAL_ERROR where a member may have something all the same. What others
 * have changed is taken back where it has refused.
 */
void replicate_after(struct call *call);

/* What the call has made is to be nowhere: the others destroy their copies.
 * False: one of them has not, which the log says. */
bool replicate_undo(struct call *call);

#endif
