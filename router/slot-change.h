/* SPDX-License-Identifier: BSD-3-Clause */
/* Configured tokens that come and go while calls go on. */
#ifndef ROUTER_SLOT_CHANGE_H
#define ROUTER_SLOT_CHANGE_H

#include "router/slot-list.h"

/* The configured token with that label, also one that was removed; or NULL. */
struct token *slot_change_find(const struct slot_list *list, const char *label);

/* Why a token that is in no slot yet cannot be added while running, or NULL. */
const char *slot_change_obstacle(const struct slot_list *list,
                                 const struct config_token *rule);

/* Adds it in a slot of its own, which the next look at the modules fills; the
 * rule is lent for the list's life. False: no memory. */
bool slot_change_add(struct slot_list *list, const struct config_token *rule);

/*
 * Nothing finds the token any more. What the application has on it ends as
 * when it is taken out of its slot (R6.17); its backend sessions are closed, at
 * once or when their calls have ended. No lock is held.
 */
void slot_change_remove(struct slot_list *list, struct token *token);

/* Looks at the modules after that. One that no rule named, and that is another
 * token's now, goes as if it had been removed. */
void slot_change_look(struct slot_list *list);

/* It is back, in the slot that it had. */
void slot_change_restore(struct slot_list *list, struct token *token);

/* Closes what calls on removed tokens had left. No lock is held. */
void slot_change_tend(const struct slot_list *list);

#endif
