/* SPDX-License-Identifier: BSD-3-Clause */
/* How much there was of several things over time, in equal steps that grow with
 * the time to cover, so that there are never many of them. */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_STEPS = 120 }; /* at most */

struct timeline;

struct timeline *timeline_new(unsigned n_series);
void timeline_free(struct timeline *timeline);

/* One more of a series, so many seconds after 1970; in any order. False: the
 * year is none that a log is of. */
bool timeline_add(struct timeline *timeline, int64_t second, unsigned series);

size_t timeline_steps(const struct timeline *timeline); /* 0: nothing yet */
int64_t timeline_step_seconds(const struct timeline *timeline);

/* The second that a step begins with. */
int64_t timeline_begin(const struct timeline *timeline, size_t step);

uint64_t timeline_count(const struct timeline *timeline, unsigned series,
                        size_t step);

#endif
