/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes charts in SVG. */
#include "cli/chart.h"

#include "cli/page.h"

#include <inttypes.h>

enum {
    STEP_WIDTH = 10,
    BAR_WIDTH = 8,
    FEWEST_STEPS = 30, /* so that a few bars are no wall */
    UP_HEIGHT = 76,
    DOWN_HEIGHT = 24,
    LEAST_HEIGHT = 2, /* of what is not nothing */
    N_TICKS = 5
};

uint64_t
chart_peak(const struct timeline *timeline, unsigned series)
{
    uint64_t peak = 0;

    for (size_t step = 0; step < timeline_steps(timeline); step++) {
        uint64_t count = timeline_count(timeline, series, step);

        peak = count > peak ? count : peak;
    }
    return peak;
}

static size_t
steps_of(const struct timeline *timeline)
{
    size_t n_steps = timeline_steps(timeline);

    return n_steps < FEWEST_STEPS ? FEWEST_STEPS : n_steps;
}

static double
height_of(uint64_t count, uint64_t peak, unsigned room)
{
    double height = (double)count / (double)peak * room;

    return height < LEAST_HEIGHT ? LEAST_HEIGHT : height;
}

static void
begin_svg(FILE *stream, const char *class, size_t width, unsigned height)
{
    (void)fprintf(stream,
                  "<svg class=\"%s\" viewBox=\"0 0 %zu %u\" "
                  "preserveAspectRatio=\"none\"",
                  class, width, height);
}

static void
put_rectangle(FILE *stream, const char *class, double x, double y, double width,
              double height)
{
    (void)fprintf(stream,
                  "<rect class=\"%s\" x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" "
                  "height=\"%.4g\"/>",
                  class, x, y, width, height);
}

/* -- Strips --------------------------------------------------------------- */

static void
put_step(FILE *stream, const struct chart_strip *strip, size_t step,
         uint64_t up_peak, uint64_t down_peak)
{
    const struct timeline *timeline = strip->timeline;
    uint64_t up = timeline_count(timeline, strip->up, step);
    uint64_t down =
        down_peak == 0 ? 0 : timeline_count(timeline, strip->down, step);
    double x = (double)step * STEP_WIDTH + (STEP_WIDTH - BAR_WIDTH) / 2.0;

    if (up == 0 && down == 0)
        return;
    (void)fputs("<g><title>", stream);
    page_step(stream, timeline_begin(timeline, step),
              timeline_step_seconds(timeline));
    (void)fprintf(stream, ": %" PRIu64 " %s", up, strip->up_name);
    if (down > 0)
        (void)fprintf(stream, ", %" PRIu64 " %s", down, strip->down_name);
    (void)fputs("</title>", stream);
    if (up > 0) {
        double height = height_of(up, up_peak, UP_HEIGHT);

        put_rectangle(stream, "up", x, UP_HEIGHT - height, BAR_WIDTH, height);
    }
    if (down > 0)
        put_rectangle(stream, "down", x, UP_HEIGHT + 1, BAR_WIDTH,
                      height_of(down, down_peak, DOWN_HEIGHT - 1));
    (void)fputs("</g>\n", stream);
}

void
chart_strip(FILE *stream, const struct chart_strip *strip)
{
    size_t width = steps_of(strip->timeline) * STEP_WIDTH;
    uint64_t up_peak = chart_peak(strip->timeline, strip->up);
    uint64_t down_peak =
        strip->down == strip->up ? 0 : chart_peak(strip->timeline, strip->down);

    begin_svg(stream, "strip", width,
              UP_HEIGHT + (down_peak > 0 ? DOWN_HEIGHT : 1));
    (void)fputs(" role=\"img\"><title>", stream);
    page_text(stream, strip->title);
    (void)fputs("</title><desc>Bars over time, up to ", stream);
    page_number(stream, up_peak);
    (void)fprintf(stream, " %s", strip->up_name);
    if (down_peak > 0) {
        (void)fputs("; below the line up to ", stream);
        page_number(stream, down_peak);
        (void)fprintf(stream, " %s", strip->down_name);
    }
    (void)fputs("</desc>\n", stream);
    put_rectangle(stream, "line", 0, UP_HEIGHT, (double)width, 1);
    for (size_t step = 0; step < timeline_steps(strip->timeline); step++)
        put_step(stream, strip, step, up_peak, down_peak);
    (void)fputs("</svg>\n", stream);
}

void
chart_spark(FILE *stream, const struct timeline *timeline, unsigned series)
{
    size_t width = steps_of(timeline) * STEP_WIDTH;
    uint64_t peak = chart_peak(timeline, series);

    begin_svg(stream, "spark", width, UP_HEIGHT + 1);
    (void)fputs(" aria-hidden=\"true\">", stream);
    put_rectangle(stream, "line", 0, UP_HEIGHT, (double)width, 1);
    (void)fputs("<path class=\"down\" d=\"", stream);
    for (size_t step = 0; step < timeline_steps(timeline); step++) {
        uint64_t count = timeline_count(timeline, series, step);

        if (count > 0)
            (void)fprintf(stream, "M%zu %uv-%.3gh%uV%uz", step * STEP_WIDTH,
                          UP_HEIGHT, height_of(count, peak, UP_HEIGHT),
                          STEP_WIDTH, UP_HEIGHT);
    }
    (void)fputs("\"/></svg>", stream);
}

void
chart_axis(FILE *stream, const struct timeline *timeline)
{
    size_t n_steps = steps_of(timeline);

    (void)fputs("<div class=\"axis\" aria-hidden=\"true\">", stream);
    for (unsigned tick = 0; tick < N_TICKS; tick++) {
        size_t step = n_steps * tick / (N_TICKS - 1);

        (void)fputs("<span>", stream);
        page_step(stream, timeline_begin(timeline, step),
                  timeline_step_seconds(timeline));
        (void)fputs("</span>", stream);
    }
    (void)fputs("</div>\n", stream);
}

/* -- In tables ------------------------------------------------------------ */

void
chart_bar(FILE *stream, uint64_t part, uint64_t largest)
{
    begin_svg(stream, "bar", 100, 10);
    (void)fputs(" aria-hidden=\"true\">", stream);
    if (part > 0)
        put_rectangle(stream, "up", 0, 0, height_of(part, largest, 100), 10);
    (void)fputs("</svg>", stream);
}

/* The logarithm to base 2, straight between powers of it. */
static double
logarithm(uint64_t number)
{
    unsigned whole = number == 0 ? 0 : 63 - (unsigned)__builtin_clzll(number);

    return number == 0
               ? 0
               : whole + (double)number / (double)(UINT64_C(1) << whole) - 1;
}

/* How far along the scale it is, of 100. */
static double
along(struct chart_scale scale, uint64_t us)
{
    double from = logarithm(scale.from);

    return scale.to <= scale.from
               ? 0
               : (logarithm(us) - from) / (logarithm(scale.to) - from) * 100;
}

void
chart_range(FILE *stream, const struct latency *latency,
            struct chart_scale scale)
{
    double half = along(scale, latency_percentile(latency, 50));
    double most = along(scale, latency_percentile(latency, 95));
    double nearly = along(scale, latency_percentile(latency, 99));
    double end = along(scale, latency->longest);

    begin_svg(stream, "range", 101, 12);
    (void)fputs(" aria-hidden=\"true\">", stream);
    put_rectangle(stream, "line", 0, 5.5, 101, 1);
    put_rectangle(stream, "up", half, 5, end - half + 1, 2);
    put_rectangle(stream, "up", half, 3, nearly - half + 1, 6);
    put_rectangle(stream, "up", half, 0, most - half + 1, 12);
    (void)fputs("</svg>", stream);
}
