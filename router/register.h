/* SPDX-License-Identifier: BSD-3-Clause */
/* What a successful call does to p11mux's own tables. */
#ifndef ROUTER_REGISTER_H
#define ROUTER_REGISTER_H

#include "router/call.h"

/*
 * Objects that were made, also those that came out of a mechanism parameter,
 * get their handles (R1.15). Without memory they are destroyed again and
 * call->rv is CKR_HOST_MEMORY.
 */
void register_made(struct call *call);

/* Destroys what the call made, before its result may be given. False: some of
 * it stays, which the log says. */
bool register_undo(struct call *call);

/* The effect of calls.def: logins, destroyed objects, restored states. */
void register_effect(struct call *call);

#endif
