/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The door of a module that is marked `serialise`: one thread at a time is
 * behind it. No lock is held meanwhile, so that whoever waits can leave when
 * the one behind it does not come back.
 */
#ifndef BACKENDS_DOOR_H
#define BACKENDS_DOOR_H

#include "common/lock.h"

#include <stdatomic.h>

struct door {
    struct mutex lock;
    struct condition opened;
    bool is_taken;
    _Atomic(bool) is_stuck; /* changed with the lock held */
};

void door_init(struct door *door);
void door_destroy(struct door *door);

/* Waits for as long as it takes. */
void door_pass(struct door *door);

/* Waits until the deadline, and not while it is stuck; *is_stuck is why it is
 * false. */
bool door_try(struct door *door, struct deadline until, bool *is_stuck);

void door_leave(struct door *door);

/* Whether the thread behind it is believed not to come back. */
void door_set_stuck(struct door *door, bool is_stuck);
bool door_is_stuck(const struct door *door);

#endif
