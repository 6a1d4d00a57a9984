/* SPDX-License-Identifier: BSD-3-Clause */
/* Repeating a call after a failure that something can heal (7.3). */
#ifndef ROUTER_REPEAT_H
#define ROUTER_REPEAT_H

#include "router/call.h"

/*
 * After call->rv told of a failure: true when the call is to be made again,
 * on another member (its operation has been begun again there) or with
 * another handle for the same object. False leaves the failure as it is.
 */
bool repeat_call(struct call *call);

/*
 * The same for a search, whose member has been left: true when the module is to
 * be asked again.
 */
bool repeat_fresh(struct call *call);

/*
 * Before a call: its backend session is of an earlier life of the member. True
 * when it has another one, in which its operation was begun again; it is not
 * prepared.
 */
bool repeat_outlived(struct call *call);

#endif
