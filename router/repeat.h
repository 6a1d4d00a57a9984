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
 * After a failure in call->rv: when it is the lent backend session that failed,
 * not the call, another one is taken and the call is prepared on it; true when
 * the module is to be asked again.
 */
bool repeat_fresh(struct call *call);

#endif
