/* SPDX-License-Identifier: BSD-3-Clause */
/* Time, deadlines, and time as text. */
#include "common/clock.h"

#include <criterion/criterion.h>

#include <stdio.h>

static uint64_t test_time;

static uint64_t
test_source(void)
{
    return test_time;
}

static void
use_test_clock(void)
{
    clock_set_source(test_source);
}

TestSuite(clock, .init = use_test_clock);

static const uint64_t ms = 1000 * 1000;

Test(clock, is_the_tests_until_the_real_one_is_brought_back)
{
    struct timespec now;

    test_time = 42;
    cr_expect_eq(clock_now(), 42);
    cr_expect(!clock_is_real());
    clock_set_source(NULL);
    cr_expect(clock_is_real());
    clock_gettime(CLOCK_MONOTONIC, &now);
    cr_expect_geq(clock_now(), (uint64_t)now.tv_sec * 1000 * ms);
    cr_expect_lt(clock_now(), ((uint64_t)now.tv_sec + 3600) * 1000 * ms);
}

Test(clock, the_coarse_one_is_late_by_little)
{
    uint64_t before, coarse;

    test_time = 42;
    cr_expect_eq(clock_now_coarse(), 42);
    clock_set_source(NULL);
    before = clock_now();
    coarse = clock_now_coarse();
    cr_expect_leq(coarse, clock_now());
    cr_expect_gt(coarse + 10 * ms, before);
}

Test(clock, passes_a_deadline_at_its_very_nanosecond)
{
    struct deadline deadline;

    test_time = 1000 * ms;
    deadline = deadline_in(5);
    test_time += 5 * ms - 1;
    cr_expect(!deadline_has_passed(deadline));
    test_time++;
    cr_expect(deadline_has_passed(deadline));
}

Test(clock, has_passed_a_deadline_that_is_now)
{
    test_time = 0;
    cr_expect(deadline_has_passed(deadline_now()));
    cr_expect_eq(deadline_remaining_ms(deadline_now()), 0);
}

Test(clock, never_passes_never)
{
    test_time = UINT64_MAX;
    cr_expect(!deadline_has_passed(deadline_never()));
    cr_expect_eq(deadline_remaining_ms(deadline_never()), UINT64_MAX);
}

Test(clock, takes_a_deadline_too_far_away_as_never)
{
    test_time = ms;
    cr_expect_eq(deadline_in(UINT64_MAX).at, UINT64_MAX);
    cr_expect_eq(deadline_in(UINT64_MAX / ms).at, UINT64_MAX);
    cr_expect_eq(deadline_in(UINT64_MAX / ms - 1).at, UINT64_MAX / ms * ms);
}

Test(clock, rounds_what_remains_up)
{
    struct deadline deadline;

    test_time = 0;
    deadline = deadline_in(10);
    cr_expect_eq(deadline_remaining_ms(deadline), 10);
    test_time = 1;
    cr_expect_eq(deadline_remaining_ms(deadline), 10);
    test_time = 10 * ms - 1;
    cr_expect_eq(deadline_remaining_ms(deadline), 1);
    test_time = 10 * ms;
    cr_expect_eq(deadline_remaining_ms(deadline), 0);
    test_time = 11 * ms;
    cr_expect_eq(deadline_remaining_ms(deadline), 0);
}

Test(clock, writes_a_time_as_text)
{
    static const struct {
        struct timespec when;
        const char *text;
    } rows[] = {
        { { 0, 0 }, "1970-01-01T00:00:00.000000Z" },
        { { 951782399, 999999999 }, "2000-02-28T23:59:59.999999Z" },
        { { 951782400, 0 }, "2000-02-29T00:00:00.000000Z" },
        { { 1769860800, 123456789 }, "2026-01-31T12:00:00.123456Z" },
        { { 4107542400, 0 }, "2100-03-01T00:00:00.000000Z" },
        { { -1, 0 }, "1970-01-01T00:00:00.000000Z" },
    };
    char out[CLOCK_TEXT_LENGTH + 1];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        clock_format(rows[i].when, out);
        cr_expect_str_eq(out, rows[i].text);
    }
    clock_format_us(951782399999999, out);
    cr_expect_str_eq(out, rows[1].text);
}

Test(clock, agrees_with_the_c_library_on_each_day_of_400_years)
{
    char ours[CLOCK_TEXT_LENGTH + 1];
    char theirs[64];

    for (time_t day = 0; day < 146097; day++) {
        time_t seconds = day * 86400 + day % 86400;
        struct tm parts;

        clock_format((struct timespec){ .tv_sec = seconds }, ours);
        cr_assert_not_null(gmtime_r(&seconds, &parts));
        strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000000Z", &parts);
        cr_assert_str_eq(ours, theirs);
    }
}
