/* SPDX-License-Identifier: BSD-3-Clause */
/* The runs of processes that a log tells of, and which of them have said that
 * they end. What is kept grows with the number of runs. */
#ifndef CLI_RUN_LIST_H
#define CLI_RUN_LIST_H

#include "cli/group.h"

/* What its first record says. */
struct run_facts {
    const struct group *group; /* its id, its records and their times */
    bool has_stopped;
    bool is_signer; /* it has made checkpoints only, and says no more */
    bool has_pid;
    uint64_t pid;
    char *user;
    char *exe;
    char *host;
};

struct run_list;

struct run_list *run_list_new(void);
void run_list_free(struct run_list *list);

void run_list_add(struct run_list *list, const struct log_entry *entry);

size_t run_list_count(const struct run_list *list);

/* Those that have not stopped, but for signers. */
size_t run_list_count_open(const struct run_list *list);

/* The same, the one with the latest record first; the caller frees the list. */
const struct run_facts **run_list_open(const struct run_list *list);

#endif
