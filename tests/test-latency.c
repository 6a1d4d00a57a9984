/* SPDX-License-Identifier: BSD-3-Clause */
/* Percentiles of many latencies. */
#include "cli/latency.h"

#include <criterion/criterion.h>

static struct latency latency;

static void
teardown(void)
{
    latency_clear(&latency);
}

TestSuite(latency, .fini = teardown);

Test(latency, of_nothing_is_nothing)
{
    cr_expect_eq(latency_percentile(&latency, 50), 0);
    cr_expect_eq(latency_percentile(&latency, 100), 0);
}

Test(latency, of_one_call_is_that)
{
    latency_add(&latency, 12345);
    cr_expect_eq(latency_percentile(&latency, 1), 12345);
    cr_expect_eq(latency_percentile(&latency, 99), 12345);
    cr_expect_eq(latency_percentile(&latency, 100), 12345);
}

Test(latency, that_is_short_is_exact)
{
    for (uint64_t us = 0; us < 20; us++)
        latency_add(&latency, us);
    cr_expect_eq(latency_percentile(&latency, 5), 0);
    cr_expect_eq(latency_percentile(&latency, 50), 9);
    cr_expect_eq(latency_percentile(&latency, 51), 10);
    cr_expect_eq(latency_percentile(&latency, 95), 18);
    cr_expect_eq(latency_percentile(&latency, 100), 19);
}

Test(latency, is_never_too_little_and_at_most_a_32nd_too_much)
{
    for (uint64_t us = 1; us <= 100000; us++)
        latency_add(&latency, us);
    for (unsigned percent = 1; percent <= 100; percent++) {
        uint64_t exact = 1000 * percent;
        uint64_t found = latency_percentile(&latency, percent);

        cr_expect_geq(found, exact, "%u %%: %lu", percent, found);
        cr_expect_leq(found, exact + exact / 32, "%u %%: %lu", percent, found);
    }
}

Test(latency, may_be_as_long_as_a_number_can_be)
{
    latency_add(&latency, 0);
    latency_add(&latency, UINT64_MAX);
    latency_add(&latency, UINT64_MAX - 1);
    cr_expect_eq(latency_percentile(&latency, 33), 0);
    cr_expect_eq(latency_percentile(&latency, 66), UINT64_MAX);
    cr_expect_eq(latency_percentile(&latency, 100), UINT64_MAX);
}
