/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of what members of a group lack, and what comes of them. */
#ifndef CLI_SYNC_H
#define CLI_SYNC_H

#include "cli/group-objects.h"
#include "cli/report.h"

#include <stdatomic.h>

enum sync_state {
    SYNC_PLANNED,
    SYNC_MADE,
    SYNC_THERE, /* the same key, which only an operation could tell */
    SYNC_GONE,  /* it was destroyed meanwhile */
    SYNC_NOT_MADE,
    SYNC_STATES
};

/* An object that a member lacks. */
struct sync_copy {
    struct group_object *object;
    unsigned from; /* who gives it, or the first one that does not */
    unsigned to;
    enum sync_state state;
    struct transfer_outcome outcome;
};

struct sync {
    struct copying *copying;
    struct group_objects *objects;
    bool is_plan;
    size_t n_left; /* copies of earlier runs that cannot be mended */

    struct sync_copy *copies; /* at first none */
    size_t n_copies;
    size_t n_late;          /* those before it were tried first */
    _Atomic(size_t) n_done; /* objects that were looked at */
};

/* Tries or makes all. False, with a sentence, where it had to stop. */
bool sync_run(struct sync *sync, struct error *error);
void sync_clear(struct sync *sync);

size_t sync_count(const struct sync *sync, enum sync_state state);
struct report *sync_report(const struct sync *sync);

#endif
