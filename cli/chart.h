/* SPDX-License-Identifier: BSD-3-Clause */
/* Small charts in SVG, as wide as the place that they stand in; their words
 * stand around them, so that they can be read at any width. */
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include "cli/latency.h"
#include "cli/timeline.h"

#include <stdio.h>

/* A bar for each step of a timeline: upwards what there was of `up`, downwards
 * from the same line what there was of `down`, each by its own scale. */
struct chart_strip {
    const struct timeline *timeline;
    unsigned up;
    unsigned down;     /* the same as `up`: nothing */
    const char *title; /* escaped when it is written */
    const char *up_name;
    const char *down_name;
};

void chart_strip(FILE *stream, const struct chart_strip *strip);

/* The same for a cell of a table: one series, without words. */
void chart_spark(FILE *stream, const struct timeline *timeline,
                 unsigned series);

/* The times under strips. */
void chart_axis(FILE *stream, const struct timeline *timeline);

/* How much of the largest one it is. */
void chart_bar(FILE *stream, uint64_t part, uint64_t largest);

/* From the median to the longest of these, on a logarithmic scale. */
struct chart_scale {
    uint64_t from;
    uint64_t to;
};

void chart_range(FILE *stream, const struct latency *latency,
                 struct chart_scale scale);

/* The largest count of a series in one step. */
uint64_t chart_peak(const struct timeline *timeline, unsigned series);

#endif
