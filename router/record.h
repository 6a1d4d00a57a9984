/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#ifndef ROUTER_RECORD_H
#define ROUTER_RECORD_H

#include "audit/event.h"
#include "router/call.h"

/*
 * Builds the event and hands it to the sink. When that fails the result may
 * not be given: outputs are wiped, lengths restored, objects just made are
 * destroyed, call->rv is CKR_FUNCTION_FAILED (DESIGN 5). A multi-part
 * operation is one event, at its end; size queries are none.
 */
void record_call(struct call *call, const struct audit_sink *sink);

#endif
