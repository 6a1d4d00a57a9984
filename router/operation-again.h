/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that begin again on another backend session (7.3). */
#ifndef ROUTER_OPERATION_AGAIN_H
#define ROUTER_OPERATION_AGAIN_H

#include "router/call.h"

/* Begins the call's operation on the backend session that the call has now, as
 * it was begun before. False when that is not possible; call->rv is what the
 * module said, if it was asked. */
bool operation_begin_again(struct call *call);

#endif
