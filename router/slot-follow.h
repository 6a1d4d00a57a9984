/* SPDX-License-Identifier: BSD-3-Clause */
/* The slots of a forked child that goes on where its parent was. */
#ifndef ROUTER_SLOT_FOLLOW_H
#define ROUTER_SLOT_FOLLOW_H

#include "router/slot-list.h"

/*
 * Before the first look: tokens that no rule names are listed under the
 * numbers they have in `parent`, and each member is expected where the parent
 * saw it last. Takes no lock of the parent's, whose threads may have been
 * writing there. False: no memory.
 */
bool slot_follow(struct slot_list *list, const struct slot_list *parent);

/*
 * After the first look: the token in the slot that the parent's token had.
 * NULL where there is none, or another one by now (R6.18).
 */
struct token *slot_follow_token(const struct slot_list *list,
                                const struct token *before);

#endif
