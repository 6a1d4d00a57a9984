/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether p11mux is off, on, or changing between the two. One thread at a
 * time changes it, with no lock held while it does; the others wait for what
 * comes of it (R3.41).
 */
#ifndef ROUTER_PHASE_H
#define ROUTER_PHASE_H

#include "common/cryptoki.h"

#include <stdbool.h>

enum phase {
    PHASE_OFF,
    PHASE_LEFT, /* a forked child has what its parent left, and may follow */
    PHASE_CHANGING,
    PHASE_ON
};

/*
 * Each of these waits until nobody changes it, and says what it was found to
 * be. Where that is PHASE_OFF or PHASE_LEFT for a start, PHASE_ON or PHASE_LEFT
 * for a stop, PHASE_LEFT for a follow, it is the caller's to change, who calls
 * phase_end; unless a start is counted as a further consumer, or a stop leaves
 * others behind (R3.36): then *is_counted is true, and nothing changes.
 */
enum phase phase_start(bool may_join, bool *is_counted);
enum phase phase_stop(bool *is_counted);
enum phase phase_follow(void);

void phase_end(enum phase to);

/* phase_end(PHASE_ON), with one consumer where there was none. */
void phase_end_on(bool counts_consumers);

/* In a forked child: the lock anew. Consumers are taken over where the child
 * may follow, else there are none. */
void phase_move_in(enum phase to);

#endif
