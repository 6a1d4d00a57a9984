/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call was, as far as it is known: for its record, before and after. */
#ifndef ROUTER_RECORD_EVENT_H
#define ROUTER_RECORD_EVENT_H

#include "audit/event.h"
#include "router/call.h"

/* The object that the call is for; 0: none. */
CK_OBJECT_HANDLE record_event_key(const struct call *call);

/* Says of the event where, with what and how much; `key` is lent to it, and
 * read where it is not known yet. */
void record_event_describe(const struct call *call, struct audit_event *event,
                           struct audit_key *key);

#endif
