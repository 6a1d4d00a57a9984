/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that were lost with their module, their device or their session. */
#ifndef ROUTER_LOSS_H
#define ROUTER_LOSS_H

#include "router/call.h"

/* The module says that it is not initialised. */
void loss_note_vanished(struct call *call);

/* The device has failed in this call. */
void loss_note_device_error(struct call *call);

/* Whether another token than the one of the call's session is there by now. */
bool loss_is_seen(const struct call *call, const struct member *member);

/* Its token is another one now, or nobody's: said once as what happened, then
 * as what is left (R3.20, R6.17, R6.18). Always true, with call->rv set. */
bool loss_has_ended(struct call *call);

/* A plain token is not there: whether the call is refused, since nobody waits
 * for a device that is down. */
bool loss_is_refused(struct call *call);

/* No backend session could be opened for a call on a session: what is said of
 * that (R1.24, R1.25). */
void loss_translate(struct call *call);

#endif
