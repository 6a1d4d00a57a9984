/* SPDX-License-Identifier: BSD-3-Clause */
/* Monotonic time in nanoseconds, and deadlines; tests bring their own clock. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A point in time; never passed when at is UINT64_MAX. */
struct deadline {
    uint64_t at;
};

typedef uint64_t (*clock_source)(void);

/* Nanoseconds of CLOCK_MONOTONIC, or what the test's source says. */
uint64_t clock_now(void);

/* The same, but up to ten milliseconds late, for a fifth of the cost. */
uint64_t clock_now_coarse(void);

/* Microseconds since 1970, of CLOCK_REALTIME. */
uint64_t clock_real_us(void);

/* Replaces the source of clock_now; NULL brings the real one back. */
void clock_set_source(clock_source source);
bool clock_is_real(void);

struct deadline deadline_in(uint64_t milliseconds);
struct deadline deadline_from(uint64_t at, uint64_t milliseconds);
struct deadline deadline_now(void);
struct deadline deadline_never(void);
bool deadline_has_passed(struct deadline deadline);

/* Milliseconds until the deadline, rounded up; 0 when it has passed,
 * UINT64_MAX for the one that never does. */
uint64_t deadline_remaining_ms(struct deadline deadline);

enum { CLOCK_TEXT_LENGTH = 27 };

/* A time of CLOCK_REALTIME as UTC: 2026-01-31T12:00:00.123456Z. Takes no
 * lock, so that a forked child may. */
void clock_format(struct timespec when, char out[CLOCK_TEXT_LENGTH + 1]);

/* The same of microseconds since 1970. */
void clock_format_us(uint64_t us, char out[CLOCK_TEXT_LENGTH + 1]);

#endif
