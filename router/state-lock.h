/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks of a token that processes have between them: files in the folder
 * "locks" of the state folder (doc/formats.md). */
#ifndef ROUTER_STATE_LOCK_H
#define ROUTER_STATE_LOCK_H

#include "common/clock.h"
#include "common/error.h"

struct state_lock {
    const char *suffix; /* of its file */
    const char *who;    /* has it meanwhile: "copies objects" */
};

/* Its descriptor, which is closed at the end; -1, with a sentence: somebody
 * else still has it at the deadline, or there can be none. */
int state_lock_take(const char *state_dir, const char *label,
                    const struct state_lock *its, bool is_alone,
                    struct deadline until, struct error *error);

#endif
