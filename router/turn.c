/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread at a time, without a lock held. */
#include "router/turn.h"

#include "router/process.h"

void
turn_init(struct turn *turn)
{
    mutex_init(&turn->lock, LOCK_TURN);
    condition_init(&turn->over);
    turn->is_taken = false;
}

void
turn_destroy(struct turn *turn)
{
    condition_destroy(&turn->over);
    mutex_destroy(&turn->lock);
}

bool
turn_take(struct turn *turn, struct deadline until)
{
    bool is_ours;

    mutex_lock(&turn->lock);
    while (turn->is_taken && process_is_serving() &&
           condition_wait(&turn->over, &turn->lock, until))
        continue;
    is_ours = !turn->is_taken;
    if (is_ours)
        turn->is_taken = true;
    mutex_unlock(&turn->lock);
    return is_ours;
}

void
turn_give(struct turn *turn)
{
    mutex_lock(&turn->lock);
    turn->is_taken = false;
    condition_signal(&turn->over);
    mutex_unlock(&turn->lock);
}
