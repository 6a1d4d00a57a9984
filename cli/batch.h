/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that one thread moves, some together: their copies are made one by
 * one, and believed when the new member has been looked at once for all. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli/moving.h"
#include "cli/notice.h"

/* All of those that a run makes at a time: who searches reads a file about each
 * (router/unproven.h). */
enum { BATCH_FEWEST = 16, BATCH_MOST = 256 };

struct batch_item {
    struct move *move;
    struct copied copied;
    unsigned n_tries;
};

struct batch {
    const struct moving *moving;
    struct copying *copying;
    struct notice *notice;    /* of what has moved */
    struct batch_item *items; /* room for BATCH_MOST, whose copies wait */
    size_t n_items;
    size_t limit; /* how many may: the more there are, the longer it takes to
                     look for others */
    size_t most;  /* what that grows to */

    /* By clock_now: when the copy of the first of them was begun, and how long
     * the last object took, and the last look for others. */
    uint64_t since_ns;
    uint64_t took_ns;
    uint64_t looked_ns;
};

/* Whether copies on that member are made one after the other: by the next one's
 * handle one that waits may be mistaken for another. */
bool batch_is_of_one(const struct member *to);

void batch_begin(struct batch *batch, const struct moving *moving,
                 struct copying *copying, struct notice *notice);
void batch_end(struct batch *batch);

/* Tries an object, or makes its copy. Those that wait are settled when there
 * are enough, and before another one would keep them for longer than a second.
 * False, with a sentence: nothing more can be moved. */
bool batch_move(struct batch *batch, struct move *move, struct error *error);

/* Settles those that wait, also after that was false. */
bool batch_settle(struct batch *batch, struct error *error);

#endif
