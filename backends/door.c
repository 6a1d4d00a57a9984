/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread at a time behind a door. */
#include "backends/door.h"

void
door_init(struct door *door)
{
    mutex_init(&door->lock, LOCK_SERIALISE);
    condition_init(&door->opened);
    door->is_taken = false;
    atomic_store(&door->is_stuck, false);
}

void
door_destroy(struct door *door)
{
    condition_destroy(&door->opened);
    mutex_destroy(&door->lock);
}

void
door_pass(struct door *door)
{
    mutex_lock(&door->lock);
    while (door->is_taken)
        (void)condition_wait(&door->opened, &door->lock, deadline_never());
    door->is_taken = true;
    mutex_unlock(&door->lock);
}

bool
door_try(struct door *door, struct deadline until, bool *is_stuck)
{
    bool is_ours;

    mutex_lock(&door->lock);
    while (door->is_taken && !door_is_stuck(door) &&
           condition_wait(&door->opened, &door->lock, until))
        continue;
    is_ours = !door->is_taken;
    *is_stuck = !is_ours && door_is_stuck(door);
    if (is_ours)
        door->is_taken = true;
    mutex_unlock(&door->lock);
    return is_ours;
}

void
door_leave(struct door *door)
{
    mutex_lock(&door->lock);
    door->is_taken = false;
    condition_signal(&door->opened);
    mutex_unlock(&door->lock);
}

void
door_set_stuck(struct door *door, bool is_stuck)
{
    mutex_lock(&door->lock);
    atomic_store(&door->is_stuck, is_stuck);
    condition_broadcast(&door->opened);
    mutex_unlock(&door->lock);
}

bool
door_is_stuck(const struct door *door)
{
    return atomic_load(&door->is_stuck);
}
