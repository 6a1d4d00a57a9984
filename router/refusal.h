/* SPDX-License-Identifier: BSD-3-Clause */
/* Refusals of one member that are not a group's (R7.9, R9.9). */
#ifndef ROUTER_REFUSAL_H
#define ROUTER_REFUSAL_H

#include "router/call.h"

/* Whether what the call's member, or one before it, has refused may be asked of
 * another one: its copy of the key is not for that, or it does not know the
 * mechanism. In mode "balance" that is choice_asks_another. */
bool refusal_passes_on(const struct call *call);

#endif
