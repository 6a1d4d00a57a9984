/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A turn: one thread at a time changes something that takes calls to a
 * module, and no lock is held meanwhile (R4.5). Who comes later waits, but
 * not for ever.
 */
#ifndef ROUTER_TURN_H
#define ROUTER_TURN_H

#include "common/lock.h"

struct turn {
    struct mutex lock;
    struct condition over;
    bool is_taken;
    bool is_stuck;
};

void turn_init(struct turn *turn);
void turn_destroy(struct turn *turn);

/* False when the deadline has passed first, or while somebody else has it this
 * process is being finalised or the turn is stuck. */
bool turn_take(struct turn *turn, struct deadline until);
void turn_give(struct turn *turn);

/* Whether who has it, if anybody, is believed not to come back. */
void turn_set_stuck(struct turn *turn, bool is_stuck);

/* For CLEANUP on a turn that may be NULL. */
static inline void
turn_give_if(struct turn *const *turn)
{
    if (*turn != NULL)
        turn_give(*turn);
}

#endif
