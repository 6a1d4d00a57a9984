/* SPDX-License-Identifier: BSD-3-Clause */
/* The sessions of a forked child that goes on where its parent was. */
#ifndef ROUTER_SESSION_FOLLOW_H
#define ROUTER_SESSION_FOLLOW_H

#include "router/session.h"

/*
 * Sessions keep their handles and belong to the token that `successor` gives
 * for the slot of the parent's (NULL: they end), which counts them. What they
 * held of the parent's is forgotten, not closed; one that was inside a call is
 * idle, and no operation is active.
 */
void session_follow(struct token *(*successor)(CK_SLOT_ID slot));

#endif
