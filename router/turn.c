/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread at a time, without a lock held. */
#include "router/turn.h"

#include "router/process.h"
#include "router/watch.h"

void
turn_init(struct turn *turn)
{
    mutex_init(&turn->lock, LOCK_TURN);
    condition_init(&turn->over);
    turn->is_taken = false;
    turn->is_stuck = false;
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
    bool is_ours, is_over;

    do {
        struct deadline look = watch_until(until);

        mutex_lock(&turn->lock);
        while (turn->is_taken && process_is_serving() && !turn->is_stuck &&
               condition_wait(&turn->over, &turn->lock, look))
            continue;
        is_ours = !turn->is_taken;
        is_over = is_ours || !process_is_serving() || turn->is_stuck ||
                  deadline_has_passed(until);
        if (is_ours)
            turn->is_taken = true;
        mutex_unlock(&turn->lock);
        if (!is_over)
            watch_look();
    } while (!is_over);
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

void
turn_set_stuck(struct turn *turn, bool is_stuck)
{
    mutex_lock(&turn->lock);
    turn->is_stuck = is_stuck;
    condition_broadcast(&turn->over);
    mutex_unlock(&turn->lock);
}
