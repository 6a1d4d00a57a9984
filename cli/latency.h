/* SPDX-License-Identifier: BSD-3-Clause */
/* How long many calls took: counts of what lies close together, so that it
 * takes little memory however many they are. */
#ifndef CLI_LATENCY_H
#define CLI_LATENCY_H

#include <stdint.h>

enum {
    LATENCY_STEPS = 32, /* in which each power of two is divided */
    LATENCY_PAGES = 60
};

/* Zero-initialised is "none". */
struct latency {
    uint64_t count;
    uint64_t longest;
    uint64_t *pages[LATENCY_PAGES]; /* NULL: nothing lies there */
};

void latency_add(struct latency *latency, uint64_t us);

/* So many percent took no longer; at most 1/32 too much. 0: there is none. */
uint64_t latency_percentile(const struct latency *latency, unsigned percent);

void latency_clear(struct latency *latency);

#endif
