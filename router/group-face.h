/* SPDX-License-Identifier: BSD-3-Clause */
/* What applications see of a group, whichever of its members answers. */
#ifndef ROUTER_GROUP_FACE_H
#define ROUTER_GROUP_FACE_H

#include "router/call.h"
#include "router/token.h"

/*
 * Lays the group's own texts over a member's: those of the configuration, else
 * of the first member; where that one has not been seen yet, of its rule, else
 * p11mux's own. They never change once they were asked for (R6.9). The slots'
 * lock is held.
 */
void group_face_lay(struct token *token, CK_TOKEN_INFO *out);

/* The same for the slot, which is no vendor's (R6.8). */
void group_face_lay_slot(const struct token *token, CK_SLOT_INFO *out);

/* C_GetTokenInfo: what all members say together (R6.10). The call has gone to
 * one of them. */
CK_RV group_face_info(struct call *call, CK_TOKEN_INFO *out);

#endif
