/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of a token in mode "migrate" on their way to its new member, several
 * at a time. */
#ifndef CLI_MOVING_H
#define CLI_MOVING_H

#include "cli/move-choice.h"
#include "cli/move.h"

enum { MOST_JOBS = 64 };

struct moving {
    const struct visit *visit;
    struct copying *copying; /* of the thread that calls */
    struct moves *moves;
    const struct move_choice *choice;
    unsigned n_jobs; /* threads, with that one */
    bool is_plan;    /* they are only tried */
    size_t n_left;   /* copies of earlier runs that cannot be mended */
};

/*
 * Tries or moves each that is chosen and not there yet, and says with it what
 * came of that. False, with a sentence, where it had to stop.
 */
bool moving_run(const struct moving *moving, struct error *error);

#endif
