/* SPDX-License-Identifier: BSD-3-Clause */
/* The record of a call, written before its result reaches the application. */
#ifndef ROUTER_RECORD_H
#define ROUTER_RECORD_H

#include "audit/event.h"
#include "router/call.h"

/* Before what came of the call is settled: what it ends is still known. */
void record_begin(const struct call *call, struct audit_key *out);

/*
 * Writes the record, if the call is one. When it cannot be kept the result is
 * taken back (DESIGN 5): outputs wiped, objects destroyed, CKR_FUNCTION_FAILED.
 */
void record_call(struct call *call, const struct audit_sink *sink,
                 struct audit_key *key);

/*
 * Writes the record of an operation that is over before its end, if records
 * are kept; the session is the caller's. There is no result to take back.
 */
void record_abandoned(const struct session *session,
                      const struct operation *operation);

#endif
