/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one thread sleeps on and another wakes it by, without a lock that both
 * have to take: the sleeper goes on with what it was given.
 */
#ifndef COMMON_WAKE_H
#define COMMON_WAKE_H

#include "common/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Zero-initialised nobody sleeps on it. */
struct wake {
    _Atomic(uint32_t) word;
};

/* Before looking at what a wake would tell of. */
void wake_clear(struct wake *wake);

/*
 * Sleeps until it is woken, by clock_now until the deadline; returns at once
 * when it was woken since wake_clear. There are spurious returns, with a
 * test's clock each millisecond. No cancellation point.
 */
void wake_wait(struct wake *wake, struct deadline until);

/* Wakes it; what was written before is seen by the sleeper. */
void wake_up(struct wake *wake);

/*
 * The same in two steps, the first for who holds a lock: what it returns is for
 * the second, which asks the kernel, and by then the wake may be gone. NULL:
 * nobody sleeps there, and there is no second step.
 */
const void *wake_tell(struct wake *wake);
void wake_call(const void *sleeper);

/* Whether it was woken since wake_clear; what was written before is seen. */
bool wake_is_up(const struct wake *wake);

/*
 * Wakes it for the last time: nothing of the wake is touched afterwards. A
 * sleeper that keeps it on its stack may only go when it has seen this, or
 * knows otherwise that nobody is about to wake it.
 */
void wake_up_last(struct wake *wake);
bool wake_is_last(const struct wake *wake);

#endif
