/* SPDX-License-Identifier: BSD-3-Clause */
/* What processes show, added up for each token and member. */
#ifndef CLI_TOTAL_H
#define CLI_TOTAL_H

#include "cli/gathering.h"

struct total_member {
    char *name;
    uint64_t states[N_COUNTER_STATES]; /* processes that see it so */
    struct counters_member sums;       /* its numbers */
};

/* A key, or all that had no row, used by one program on the old member of a
 * token in mode "migrate". */
struct total_use {
    char *program;
    bool is_others;
    struct counters_use sums;
};

struct total_token {
    char *label;
    uint64_t slot;
    uint64_t n_processes;
    uint64_t counts[N_COUNTER_TOKENS];
    struct total_member *members;
    size_t n_members;
    struct total_use *uses;
    size_t n_uses;
};

struct total {
    struct total_token *tokens; /* by slot */
    size_t n_tokens;
    uint64_t process[N_COUNTER_PROCESSES];
    size_t n_processes;
};

/* Of the processes from `first` on; `label`: of that token alone, by its label
 * or the number of its slot; NULL: of all. */
void total_add(struct total *total, const struct shown *processes, size_t count,
               const char *label);
void total_clear(struct total *total);

uint64_t total_calls(const struct total_member *member);
uint64_t total_errors(const struct total_member *member);

/* So many percent of the timed calls took less than that, in microseconds; 0:
 * none was timed, UINT64_MAX: longer than is told apart. */
uint64_t total_percentile(const uint64_t buckets[COUNTER_BUCKETS],
                          unsigned percent);

#endif
