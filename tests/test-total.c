/* SPDX-License-Identifier: BSD-3-Clause */
/* What processes show, added up, and how much that is a second. */
#include "cli/memory.h"
#include "cli/trend.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct total total;
static struct trends trends;

static void
teardown(void)
{
    total_clear(&total);
    trends_clear(&trends);
}

TestSuite(total, .fini = teardown);
TestSuite(trend, .fini = teardown);

/* A process with one token and two members of the same module. */
static struct shown
make_process(const char *label, uint64_t slot)
{
    struct shown shown = {
        .picture = memory_new(1, counters_picture_size(1, 2)),
    };

    shown.picture->n_tokens = 1;
    shown.picture->n_members = 2;
    shown.tokens = counters_tokens(shown.picture);
    shown.members = counters_members(shown.picture, 1);
    shown.tokens[0].slot = slot;
    (void)strcpy(shown.tokens[0].label, label);
    for (unsigned i = 0; i < 2; i++) {
        (void)strcpy(shown.members[i].name, "soft");
        shown.members[i].state = COUNTER_STATE_UP;
    }
    return shown;
}

static void
add(struct shown *shown, const char *label)
{
    total_add(&total, shown, 1, label);
    shown_clear(shown);
}

Test(total, is_of_the_same_token_and_member)
{
    struct shown one = make_process("web", 1), two = make_process("web", 1),
                 three = make_process("ca", 1);

    one.members[0].calls[COUNTED_SIGN] = 3;
    one.members[1].calls[COUNTED_SIGN] = 5;
    two.members[1].calls[COUNTED_SIGN] = 10;
    two.members[1].state = COUNTER_STATE_DOWN;
    add(&one, NULL);
    add(&two, NULL);
    add(&three, NULL);
    cr_assert_eq(total.n_tokens, 2);
    cr_expect_str_eq(total.tokens[0].label, "ca");
    cr_assert_eq(total.tokens[1].n_members, 2);
    cr_expect_eq(total.tokens[1].n_processes, 2);
    cr_expect_eq(total_calls(&total.tokens[1].members[0]), 3);
    cr_expect_eq(total_calls(&total.tokens[1].members[1]), 15);
    cr_expect_eq(total.tokens[1].members[1].states[COUNTER_STATE_UP], 1);
    cr_expect_eq(total.tokens[1].members[1].states[COUNTER_STATE_DOWN], 1);
}

/* R9.13 */
Test(total, has_a_row_for_each_key_and_program)
{
    struct shown one = make_process("web", 1), two = make_process("web", 1);
    struct counters_use use = { .count = 3, .grown_us = 70, .label = "tls" };
    const struct total_use *uses;

    one.tokens[0].uses[0] = two.tokens[0].uses[4] = use;
    two.tokens[0].uses[4].grown_us = 90;
    two.tokens[0].uses[COUNTERS_USES_OTHERS].count = 2;
    one.program = memory_copy("/bin/a");
    two.program = memory_copy("/bin/a");
    add(&one, NULL);
    add(&two, NULL);
    two = make_process("web", 1);
    two.tokens[0].uses[0] = use;
    two.program = memory_copy("/bin/b");
    add(&two, NULL);
    uses = total.tokens[0].uses;
    cr_assert_eq(total.tokens[0].n_uses, 3);
    cr_expect_eq(uses[0].sums.count, 6);
    cr_expect_eq(uses[0].sums.grown_us, 90);
    cr_expect(uses[1].is_others);
    cr_expect_eq(uses[1].sums.count, 2);
    cr_expect_str_eq(uses[2].program, "/bin/b");
    cr_expect_eq(uses[2].sums.count, 3);
}

Test(total, takes_the_longest_of_times_and_the_sum_of_the_rest)
{
    struct shown one = make_process("web", 1), two = make_process("web", 1);

    one.members[0].levels[COUNTER_LEVEL_LONGEST_US] = 70;
    two.members[0].levels[COUNTER_LEVEL_LONGEST_US] = 50;
    one.members[0].levels[COUNTER_LEVEL_WAITING] = 2;
    two.members[0].levels[COUNTER_LEVEL_WAITING] = 3;
    add(&one, NULL);
    add(&two, NULL);
    cr_expect_eq(
        total.tokens[0].members[0].sums.levels[COUNTER_LEVEL_LONGEST_US], 70);
    cr_expect_eq(total.tokens[0].members[0].sums.levels[COUNTER_LEVEL_WAITING],
                 5);
}

Test(total, is_of_one_token_by_label_or_slot)
{
    struct shown one = make_process("web", 1), two = make_process("ca", 2);

    total_add(&total, &one, 1, "2");
    total_add(&total, &two, 1, "2");
    cr_assert_eq(total.n_tokens, 1);
    cr_expect_str_eq(total.tokens[0].label, "ca");
    total_clear(&total);
    total_add(&total, &one, 1, "web");
    total_add(&total, &two, 1, "web");
    cr_assert_eq(total.n_tokens, 1);
    cr_expect_eq(total.tokens[0].slot, 1);
    shown_clear(&one);
    shown_clear(&two);
}

Test(total, knows_what_most_calls_took)
{
    uint64_t buckets[COUNTER_BUCKETS] = { 0 };

    cr_expect_eq(total_percentile(buckets, 99), 0);
    buckets[3] = 98;
    buckets[10] = 2;
    cr_expect_eq(total_percentile(buckets, 50), 8);
    cr_expect_eq(total_percentile(buckets, 98), 8);
    cr_expect_eq(total_percentile(buckets, 99), 1024);
    buckets[COUNTER_BUCKETS - 1] = 1000;
    cr_expect_eq(total_percentile(buckets, 99), UINT64_MAX);
}

/* -- Rates ------------------------------------------------------------------
 */

static const struct trend *
look(uint64_t calls, uint64_t seconds)
{
    struct shown one = make_process("web", 1);

    total_clear(&total);
    one.members[1].calls[COUNTED_SIGN] = calls;
    add(&one, NULL);
    trends_look(&trends, &total, (1000 + seconds) * 1000000000);
    return trends_find(&trends, &total.tokens[0], 1);
}

Test(trend, is_what_came_between_two_looks)
{
    cr_expect_eq(look(100, 0)->calls_rate, 0);
    cr_expect_eq(look(140, 2)->calls_rate, 20);
    cr_expect_eq(look(140, 3)->calls_rate, 0);
    cr_expect_eq(look(141, 4)->calls_rate, 1);
    cr_expect_eq(look(141, 4)->rates[SPARKLINE_MOST - 4], 20);
}

Test(trend, is_nothing_where_a_process_has_gone)
{
    (void)look(100, 0);
    cr_expect_eq(look(40, 1)->calls_rate, 0);
    cr_expect_eq(look(50, 2)->calls_rate, 10);
}
