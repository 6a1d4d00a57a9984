/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time that passes only while every thread of a test waits: for the clock,
 * as a slow device lets it, or for something inside p11mux (waiting.h). What
 * a test measures on it does not depend on the machine.
 */
#ifndef TESTS_TIMELINE_H
#define TESTS_TIMELINE_H

#include <stdint.h>

/* Stops the clock; in the thread that is to run the timeline. */
void timeline_begin(void);

/* Adds a thread that does this. None of them begins before timeline_run. */
void timeline_add(void (*action)(void *argument), void *argument);

/*
 * The calling thread takes so long, as seen on the clock. Of the threads that
 * were added all wait for each other; for any other thread the clock moves on
 * at once.
 */
void timeline_spend(uint64_t milliseconds);

/* Runs those that were added to their ends; the milliseconds they took. */
uint64_t timeline_run(void);

#endif
