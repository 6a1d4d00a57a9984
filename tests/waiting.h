/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which threads of a test wait for something inside p11mux. For programs that
 * are linked with $(pool_ldflags) and run on a test's clock, on which a
 * wait looks up every millisecond.
 */
#ifndef TESTS_WAITING_H
#define TESTS_WAITING_H

#include <stdbool.h>

/* The calling thread is one of those that are counted from here on. */
void waiting_count_me(void);

/* It is about to end. */
void waiting_forget_me(void);

/* How many of them wait. */
unsigned waiting_now(void);

/* Waits until exactly so many do; ends the process when it takes longer than
 * any test may. */
void waiting_until(unsigned n);

/* Waits until each of those that wait now has looked up once, or waits no
 * more. */
void waiting_look(void);

/*
 * Waits until each of those that wait has looked, and found that it must go
 * on waiting, after everything that had happened before; false when something
 * was done meanwhile: `n_done` grew, or another number of threads waits.
 */
bool waiting_settled(const _Atomic(unsigned) *n_done);

#endif
