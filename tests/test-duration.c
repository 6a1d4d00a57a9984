/* SPDX-License-Identifier: BSD-3-Clause */
/* Lengths of time as the configuration writes them. */
#include "config/duration.h"

#include <criterion/criterion.h>

static void
expect_duration(const char *text, uint64_t milliseconds)
{
    uint64_t out = 12345;

    cr_expect_eq(duration_parse(text, &out), DURATION_OK, "%s", text);
    cr_expect_eq(out, milliseconds, "%s is %lu ms", text, out);
}

static void
expect_result(const char *text, enum duration_result result)
{
    uint64_t out = 12345;

    cr_expect_eq(duration_parse(text, &out), result, "\"%s\"", text);
    cr_expect_eq(out, 12345, "\"%s\" changed the result", text);
}

Test(duration, has_a_whole_number_and_a_unit)
{
    expect_duration("200ms", 200);
    expect_duration("2s", 2000);
    expect_duration("5m", 300000);
    expect_duration("1h", 3600000);
    expect_duration("2d", 172800000);
    expect_duration("0s", 0);
    expect_duration("007ms", 7);
}

Test(duration, is_nothing_else)
{
    static const char *const texts[] = {
        "",     "s",  "5",    "5 s",  " 5s",  "5s ",  "+5s",
        "-5s",  "5S", "5sec", "1.5s", "1e3s", "5sm",  "5s1m",
        "0x5s", "5D", "5us",  "5\n",  "½s",   "5m s", "ms5",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_result(texts[i], DURATION_MALFORMED);
}

Test(duration, is_at_most_a_year)
{
    expect_duration(DURATION_LONGEST, 31536000000);
    expect_duration("31536000000ms", 31536000000);
    expect_result("8761h", DURATION_TOO_LONG);
    expect_result("31536000001ms", DURATION_TOO_LONG);
    expect_duration("365d", 31536000000);
    expect_result("366d", DURATION_TOO_LONG);
    expect_result("525601m", DURATION_TOO_LONG);
}

Test(duration, does_not_overflow)
{
    /* 2^64 + 1 of each would be 1, and 2^64 / 3600000 + 1 hours be little. */
    expect_result("18446744073709551617ms", DURATION_TOO_LONG);
    expect_result("18446744073709551617s", DURATION_TOO_LONG);
    expect_result("5124095576031h", DURATION_TOO_LONG);
    expect_result("99999999999999999999999999999999h", DURATION_TOO_LONG);
}
