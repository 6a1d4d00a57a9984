/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose turn it is to be inside a module that loads, starts or ends: modules
 * are not made for doing so beside each other in one process. No lock is held
 * meanwhile.
 */
#ifndef BACKENDS_START_TURN_H
#define BACKENDS_START_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A place in the line; all zeros before its first use. */
struct start_turn {
    struct start_turn *next;
    bool is_in_line;
};

/* After that long the next one's turn comes, although it has not ended. */
extern const uint64_t start_turn_ms;

/* Goes to the end of the line, for a start_turn_take that follows, in another
 * thread maybe. */
void start_turn_join(struct start_turn *turn);

/* Joins the line where that has not been done, and waits for its turn. False,
 * and in no line, when *given_up became true first; NULL: it never does. */
bool start_turn_take(struct start_turn *turn, const _Atomic(bool) *given_up);

/* Ends its turn, if that has not passed to another one; none: nothing. */
void start_turn_give(struct start_turn *turn);

/* Wakes those that wait, to look at *given_up. */
void start_turn_wake(void);

/* In a forked child: nobody is in line, it is nobody's turn. Takes no lock that
 * the parent's threads may have held. */
void start_turn_fork_child(void);

#endif
