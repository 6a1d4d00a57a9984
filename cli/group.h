/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of an audit log that have some texts in common, counted. */
#ifndef CLI_GROUP_H
#define CLI_GROUP_H

#include "cli/audit-entry.h"
#include "cli/latency.h"
#include "common/clock.h"

struct group {
    size_t number; /* from 0, as they were met */
    uint64_t hash;
    uint64_t n_records;
    uint64_t n_failures;
    uint64_t n_denied;
    char first[CLOCK_TEXT_LENGTH + 1]; /* the times of the records; empty: a */
    char last[CLOCK_TEXT_LENGTH + 1];  /* record has another form of time */
    struct latency *latency;           /* NULL: no time was added */
    char *values[];                    /* NULL: nothing */
};

struct group_table;

/* By so many texts. What is new when there are `limit` groups has none. */
struct group_table *group_table_new(unsigned n_values, size_t limit);
void group_table_free(struct group_table *table);
void group_table_freep(struct group_table **table);

/* The group with these texts, which is made where there is none; NULL: there
 * are too many, and the table counts what has no group. */
struct group *group_table_get(struct group_table *table,
                              const char *const *values);

/* Lends it; NULL: there is none. */
const struct group *group_table_find(const struct group_table *table,
                                     const char *const *values);

size_t group_table_count(const struct group_table *table);

/* How often group_table_get had none. */
uint64_t group_table_left_out(const struct group_table *table);

enum group_order { GROUP_BY_RECORDS, GROUP_BY_VALUES };

/* All groups, the largest first or by their texts; the caller frees the
 * list. NULL: there are none. */
const struct group **group_table_sort(const struct group_table *table,
                                      enum group_order order);

/* Counts one more record; its latency, if it has one, only with the second. */
void group_add(struct group *group, const struct log_entry *entry);
void group_add_latency(struct group *group, const struct log_entry *entry);

#endif
