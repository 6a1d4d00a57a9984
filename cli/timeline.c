/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts over time, which are folded together when it gets too long. */
#include "cli/timeline.h"

#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

/* Each is a multiple of the one before, and steps begin with multiples. The
 * last one makes few steps of all the years that there may be. */
static const int64_t lengths[] = {
    1,
    5,
    15,
    60,
    5 * 60,
    15 * 60,
    60 * 60,
    3 * 60 * 60,
    6 * 60 * 60,
    12 * 60 * 60,
    24 * 60 * 60,
    7 * 24 * 60 * 60,
    28 * 24 * 60 * 60,
    364 * 24 * 60 * 60,
    INT64_C(3640) * 24 * 60 * 60,
};

static const int64_t latest = INT64_C(7258118400); /* the year 2200 */

struct timeline {
    unsigned n_series;
    unsigned length; /* which of them a step has */
    int64_t first;   /* the number of the first step since 1970 */
    size_t n_steps;
    uint64_t counts[][TIMELINE_STEPS]; /* of each series */
};

struct timeline *
timeline_new(unsigned n_series)
{
    struct timeline *timeline =
        memory_new(1, sizeof(*timeline) +
                          n_series * sizeof(uint64_t[TIMELINE_STEPS]));

    timeline->n_series = n_series;
    return timeline;
}

void
timeline_free(struct timeline *timeline)
{
    free(timeline);
}

/* Steps become longer; each goes to the one that holds it now. */
static void
fold(struct timeline *timeline)
{
    int64_t factor = lengths[timeline->length + 1] / lengths[timeline->length];
    int64_t first = timeline->first / factor;
    int64_t last = (timeline->first + (int64_t)timeline->n_steps - 1) / factor;

    for (unsigned series = 0; series < timeline->n_series; series++) {
        uint64_t *counts = timeline->counts[series];

        for (size_t step = 0; step < timeline->n_steps; step++) {
            int64_t to = (timeline->first + (int64_t)step) / factor - first;
            uint64_t count = counts[step];

            counts[step] = 0;
            counts[to] += count;
        }
    }
    timeline->first = first;
    timeline->n_steps = (size_t)(last - first) + 1;
    timeline->length++;
}

/* Earlier steps come before the first one. */
static void
prepend(struct timeline *timeline, size_t n_more)
{
    for (unsigned series = 0; series < timeline->n_series; series++) {
        uint64_t *counts = timeline->counts[series];

        memmove(counts + n_more, counts, timeline->n_steps * sizeof(*counts));
        memset(counts, 0, n_more * sizeof(*counts));
    }
    timeline->first -= (int64_t)n_more;
    timeline->n_steps += n_more;
}

/* The number of the step, where there is room for it. */
static bool
reach(struct timeline *timeline, int64_t second, int64_t *out)
{
    int64_t number = second / lengths[timeline->length];
    int64_t end = timeline->first + (int64_t)timeline->n_steps;

    *out = number;
    if (number >= timeline->first)
        return number - timeline->first < TIMELINE_STEPS;
    return end - number <= TIMELINE_STEPS;
}

bool
timeline_add(struct timeline *timeline, int64_t second, unsigned series)
{
    int64_t number;

    if (second < 0 || second >= latest)
        return false;
    if (timeline->n_steps == 0) {
        timeline->first = second;
        timeline->n_steps = 1;
    }
    while (!reach(timeline, second, &number))
        fold(timeline);
    if (number < timeline->first)
        prepend(timeline, (size_t)(timeline->first - number));
    number -= timeline->first;
    timeline->counts[series][number]++;
    if ((size_t)number >= timeline->n_steps)
        timeline->n_steps = (size_t)number + 1;
    return true;
}

size_t
timeline_steps(const struct timeline *timeline)
{
    return timeline->n_steps;
}

int64_t
timeline_step_seconds(const struct timeline *timeline)
{
    return lengths[timeline->length];
}

int64_t
timeline_begin(const struct timeline *timeline, size_t step)
{
    return (timeline->first + (int64_t)step) * lengths[timeline->length];
}

uint64_t
timeline_count(const struct timeline *timeline, unsigned series, size_t step)
{
    return timeline->counts[series][step];
}
