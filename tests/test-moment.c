/* SPDX-License-Identifier: BSD-3-Clause */
/* Points in time as people write them. */
#include "cli/moment.h"

#include <criterion/criterion.h>

/* 2026-03-01T00:00:01.5Z */
static const struct timespec now = { .tv_sec = 1772323201,
                                     .tv_nsec = 500000000 };

static void
expect_moment(const char *text, const char *wanted)
{
    char out[CLOCK_TEXT_LENGTH + 1];

    cr_assert(moment_read(text, now, out), "%s is a time", text);
    cr_expect_str_eq(out, wanted, "%s is %s", text, out);
}

Test(moment, is_a_time_in_any_zone)
{
    expect_moment("2026-01-31T12:34:56Z", "2026-01-31T12:34:56.000000Z");
    expect_moment("2026-01-31t12:34:56z", "2026-01-31T12:34:56.000000Z");
    expect_moment("2026-01-31 12:34:56.123456789Z",
                  "2026-01-31T12:34:56.123456Z");
    expect_moment("2026-01-31T12:34:56.5+05:30", "2026-01-31T07:04:56.500000Z");
    expect_moment("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000000Z");
}

Test(moment, may_leave_out_seconds_zone_and_time)
{
    expect_moment("2026-01-31T12:34:56", "2026-01-31T12:34:56.000000Z");
    expect_moment("2026-01-31 12:34", "2026-01-31T12:34:00.000000Z");
    expect_moment("2026-01-31T12:34+01:00", "2026-01-31T11:34:00.000000Z");
    expect_moment("2024-02-29", "2024-02-29T00:00:00.000000Z");
}

Test(moment, is_as_long_ago_as_is_said)
{
    expect_moment("0s", "2026-03-01T00:00:01.500000Z");
    expect_moment("600ms", "2026-03-01T00:00:00.900000Z");
    expect_moment("90s", "2026-02-28T23:58:31.500000Z");
    expect_moment("2h", "2026-02-28T22:00:01.500000Z");
    expect_moment("365d", "2025-03-01T00:00:01.500000Z");
}

Test(moment, is_nothing_else)
{
    static const char *const texts[] = {
        "",
        "now",
        "12:34:56",
        "2026",
        "2026-01",
        "2026-13-01",
        "2026-02-29",
        "2026-1-31",
        " 2026-01-31",
        "2026-01-31 ",
        "2026-01-31T",
        "2026-01-31T12",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:34:56.Z",
        "2026-01-31T12:34:56+0100",
        "2026-01-31T12:34:56+01:00x",
        "2026-01-31T12:34:56 Z",
        "2026-01-31x12:34:56Z",
        "-2h",
        "2 h",
        "366d",
    };
    char out[CLOCK_TEXT_LENGTH + 1];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect(!moment_read(texts[i], now, out), "\"%s\" is %s", texts[i],
                  out);
}

Test(moment, of_a_record_has_its_seconds)
{
    int64_t seconds;

    cr_assert(moment_seconds("2026-03-01T00:00:01.500000Z", &seconds));
    cr_expect_eq(seconds, now.tv_sec);
    cr_assert(moment_seconds("1970-01-01T00:00:00.000000Z", &seconds));
    cr_expect_eq(seconds, 0);
    cr_expect_not(moment_seconds("2026-03-01T00:00:01.5Z", &seconds));
    cr_expect_not(moment_seconds("2026-03-01 00:00:01.500000Z", &seconds));
    cr_expect_not(moment_seconds("2026-03-0xT00:00:01.500000Z", &seconds));
    cr_expect_not(moment_seconds("", &seconds));
    cr_expect_not(moment_seconds("2026-03-01T00:00:01.5+12:30", &seconds));
    cr_expect_not(moment_seconds("2026-03-01T00:00:01.<b></b>", &seconds));
    cr_expect_not(moment_seconds("2026-03-01T00:00:01.500000Z ", &seconds));
}
