/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs of processes, by their ids. */
#include "cli/run-list.h"

#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

struct run_list {
    struct group_table *groups;
    struct run_facts *runs; /* by the number of the group */
    size_t count;
};

struct run_list *
run_list_new(void)
{
    struct run_list *list = memory_new(1, sizeof(*list));

    list->groups = group_table_new(1, SIZE_MAX);
    return list;
}

void
run_list_free(struct run_list *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->count; i++) {
        free(list->runs[i].user);
        free(list->runs[i].exe);
        free(list->runs[i].host);
    }
    free(list->runs);
    group_table_free(list->groups);
    free(list);
}

static void
begin_run(struct run_list *list, const struct group *group,
          const struct log_entry *entry)
{
    list->runs = memory_grow(list->runs, list->count, sizeof(*list->runs));
    list->runs[list->count++] = (struct run_facts){
        .group = group,
        .is_signer = true,
        .has_pid = entry->has_pid,
        .pid = entry->pid,
        .user = memory_copy(entry->user),
        .exe = memory_copy(entry->exe),
        .host = memory_copy(entry->host),
    };
}

void
run_list_add(struct run_list *list, const struct log_entry *entry)
{
    struct group *group = group_table_get(list->groups, &entry->run);

    struct run_facts *run;

    if (group->number == list->count)
        begin_run(list, group, entry);
    group_add(group, entry);
    run = &list->runs[group->number];
    run->is_signer &= strcmp(entry->event, "checkpoint") == 0;
    run->has_stopped |= strcmp(entry->event, "stop") == 0;
}

size_t
run_list_count(const struct run_list *list)
{
    return list->count;
}

static int
compare_runs(const void *left, const void *right)
{
    const struct run_facts *a = *(const struct run_facts *const *)left;
    const struct run_facts *b = *(const struct run_facts *const *)right;
    int order = strcmp(b->group->last, a->group->last);

    return order != 0 ? order
                      : strcmp(a->group->values[0], b->group->values[0]);
}

static bool
is_open(const struct run_facts *run)
{
    return !run->has_stopped && !run->is_signer;
}

size_t
run_list_count_open(const struct run_list *list)
{
    size_t n_open = 0;

    for (size_t i = 0; i < list->count; i++)
        n_open += is_open(&list->runs[i]);
    return n_open;
}

const struct run_facts **
run_list_open(const struct run_list *list)
{
    const struct run_facts **open =
        memory_new(list->count, sizeof(const struct run_facts *));
    size_t n_open = 0;

    for (size_t i = 0; i < list->count; i++)
        if (is_open(&list->runs[i]))
            open[n_open++] = &list->runs[i];
    if (n_open > 1)
        qsort(open, n_open, sizeof(const struct run_facts *), compare_runs);
    return open;
}
