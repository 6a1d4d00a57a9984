/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts over time. */
#include "cli/timeline.h"

#include <criterion/criterion.h>

enum { DAY = 24 * 60 * 60, NOON = 20782 * DAY + DAY / 2 };

static struct timeline *timeline;

static void
setup(void)
{
    timeline = timeline_new(3);
}

static void
teardown(void)
{
    timeline_free(timeline);
}

TestSuite(timeline, .init = setup, .fini = teardown);

static uint64_t
total(unsigned series)
{
    uint64_t sum = 0;

    for (size_t step = 0; step < timeline_steps(timeline); step++)
        sum += timeline_count(timeline, series, step);
    return sum;
}

/* What a series has in the step that this second is in. */
static uint64_t
count_at(unsigned series, int64_t second)
{
    int64_t length = timeline_step_seconds(timeline);

    for (size_t step = 0; step < timeline_steps(timeline); step++)
        if (second >= timeline_begin(timeline, step) &&
            second < timeline_begin(timeline, step) + length)
            return timeline_count(timeline, series, step);
    return 0;
}

Test(timeline, begins_with_seconds)
{
    cr_expect_eq(timeline_steps(timeline), 0);
    cr_expect(timeline_add(timeline, NOON, 1));
    cr_expect(timeline_add(timeline, NOON + 9, 1));
    cr_expect(timeline_add(timeline, NOON + 9, 1));
    cr_expect_eq(timeline_step_seconds(timeline), 1);
    cr_expect_eq(timeline_steps(timeline), 10);
    cr_expect_eq(timeline_begin(timeline, 0), NOON);
    cr_expect_eq(timeline_count(timeline, 1, 0), 1);
    cr_expect_eq(timeline_count(timeline, 1, 9), 2);
    cr_expect_eq(timeline_count(timeline, 0, 9), 0);
}

Test(timeline, takes_what_was_earlier)
{
    cr_expect(timeline_add(timeline, NOON, 0));
    cr_expect(timeline_add(timeline, NOON - 30, 2));
    cr_expect_eq(timeline_begin(timeline, 0), NOON - 30);
    cr_expect_eq(timeline_steps(timeline), 31);
    cr_expect_eq(timeline_count(timeline, 2, 0), 1);
    cr_expect_eq(timeline_count(timeline, 0, 0), 0);
    cr_expect_eq(timeline_count(timeline, 0, 30), 1);
}

Test(timeline, has_longer_steps_for_a_longer_time)
{
    for (int64_t hour = 0; hour < 24 * 7; hour++)
        cr_assert(timeline_add(timeline, NOON + hour * 3600, 0));
    cr_expect_eq(timeline_step_seconds(timeline), 3 * 3600);
    cr_expect_leq(timeline_steps(timeline), TIMELINE_STEPS);
    cr_expect_eq(total(0), 24 * 7);
    for (size_t step = 0; step < timeline_steps(timeline); step++)
        cr_expect_eq(timeline_count(timeline, 0, step), 3);
}

Test(timeline, counts_the_same_in_any_order)
{
    /* Each once, far apart, by a step that leads to all of them. */
    for (int64_t i = 0; i < 1000; i++)
        cr_assert(timeline_add(timeline, NOON + (i * 389 % 1000) * 7919,
                               (unsigned)(i % 3)));
    for (unsigned series = 0; series < 3; series++)
        cr_expect_eq(total(series), 333 + (series == 0));
    for (int64_t i = 0; i < 1000; i++)
        cr_expect_geq(count_at((unsigned)(i % 3),
                               NOON + (i * 389 % 1000) * 7919),
                      1);
    cr_expect_leq(timeline_steps(timeline), TIMELINE_STEPS);
}

Test(timeline, goes_from_1970_to_2200)
{
    cr_expect(timeline_add(timeline, 0, 0));
    cr_expect(timeline_add(timeline, NOON, 0));
    cr_expect(timeline_add(timeline, INT64_C(7258118399), 0));
    cr_expect_not(timeline_add(timeline, -1, 0));
    cr_expect_not(timeline_add(timeline, INT64_C(7258118400), 0));
    cr_expect_not(timeline_add(timeline, INT64_MAX, 0));
    cr_expect_eq(total(0), 3);
    cr_expect_eq(count_at(0, NOON), 1);
    cr_expect_leq(timeline_steps(timeline), TIMELINE_STEPS);
}
