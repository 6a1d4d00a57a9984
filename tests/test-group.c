/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups of records, counted. */
#include "cli/group.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct group_table *table;

static void
teardown(void)
{
    group_table_freep(&table);
    table = NULL;
}

TestSuite(group, .fini = teardown);

static struct group *
get(const char *one, const char *other)
{
    return group_table_get(table, (const char *[]){ one, other });
}

static void
add(const char *one, const char *outcome, const char *time)
{
    struct log_entry entry = { .outcome = outcome, .time = time };

    group_add(get(one, NULL), &entry);
}

Test(group, is_found_again_by_all_of_its_texts)
{
    struct group *group;

    table = group_table_new(2, SIZE_MAX);
    group = get("a", "b");
    cr_expect_eq(get("a", "b"), group);
    cr_expect_neq(get("ab", ""), group);
    cr_expect_neq(get("", "ab"), group);
    cr_expect_neq(get("a", NULL), group);
    cr_expect_str_eq(group->values[0], "a");
    cr_expect_str_eq(group->values[1], "b");
    cr_expect_eq(group_table_find(table, (const char *[]){ "a", "b" }), group);
    cr_expect_null(group_table_find(table, (const char *[]){ "b", "a" }));
    cr_expect_eq(group_table_count(table), 4);
}

Test(group, without_a_text_is_that_of_the_empty_one)
{
    table = group_table_new(2, SIZE_MAX);
    cr_expect_null(get(NULL, "x")->values[0]);
    cr_expect_eq(get("", "x"), get(NULL, "x"));
}

Test(group, is_one_of_as_many_as_there_may_be)
{
    struct group *first;

    table = group_table_new(2, 5000);
    first = get("0", NULL);
    for (unsigned i = 1; i < 5000; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "%u", i);
        cr_assert_eq(get(text, NULL)->number, i);
    }
    cr_expect_null(get("5000", NULL));
    cr_expect_null(get("5001", NULL));
    cr_expect_eq(get("0", NULL), first);
    cr_expect_eq(group_table_count(table), 5000);
    cr_expect_eq(group_table_left_out(table), 2);
}

Test(group, counts_its_records_and_when_they_were)
{
    const struct group *group;

    table = group_table_new(2, SIZE_MAX);
    add("a", "success", "2026-11-25T12:00:00.000002Z");
    add("a", "failure", "2026-11-25T12:00:00.000003Z");
    add("a", "denied", "2026-11-25T12:00:00.000001Z");
    add("a", NULL, "yesterday");
    group = get("a", NULL);
    cr_expect_eq(group->n_records, 4);
    cr_expect_eq(group->n_failures, 1);
    cr_expect_eq(group->n_denied, 1);
    cr_expect_str_eq(group->first, "2026-11-25T12:00:00.000001Z");
    cr_expect_str_eq(group->last, "2026-11-25T12:00:00.000003Z");
}

Test(group, has_latencies_once_a_record_has)
{
    struct log_entry entry = { .time = "" };
    struct group *group;

    table = group_table_new(2, SIZE_MAX);
    group = get("a", NULL);
    group_add_latency(group, &entry);
    cr_expect_null(group->latency);
    entry.has_us = true;
    entry.us = 7;
    group_add_latency(group, &entry);
    group_add_latency(group, &entry);
    cr_expect_eq(group->latency->count, 2);
    cr_expect_eq(group->latency->longest, 7);
}

Test(group, stands_in_the_order_that_is_wanted)
{
    const struct group **groups;

    table = group_table_new(2, SIZE_MAX);
    cr_expect_null(group_table_sort(table, GROUP_BY_RECORDS));
    add("few", NULL, "");
    add("more", NULL, "");
    add("more", NULL, "");
    add("also few", NULL, "");
    groups = group_table_sort(table, GROUP_BY_RECORDS);
    cr_expect_str_eq(groups[0]->values[0], "more");
    cr_expect_str_eq(groups[1]->values[0], "also few");
    cr_expect_str_eq(groups[2]->values[0], "few");
    free(groups);
    groups = group_table_sort(table, GROUP_BY_VALUES);
    cr_expect_str_eq(groups[0]->values[0], "also few");
    cr_expect_str_eq(groups[2]->values[0], "more");
    free(groups);
}
