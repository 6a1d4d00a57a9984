/* SPDX-License-Identifier: BSD-3-Clause */
/* What `p11mux status` shows to people. */
#ifndef CLI_STATUS_TABLE_H
#define CLI_STATUS_TABLE_H

#include "cli/total.h"

#include <stdio.h>

/* "up", or "up 3, down 1" where processes see it in several states; the caller
 * frees it. */
char *status_describe_state(const struct total_member *member);

/* The pools, one row for each member of a token. */
void status_print_pools(const struct total *total, FILE *stream);

/* The operations that were asked for, and how long they took. */
void status_print_operations(const struct total *total, FILE *stream);

/* How backend sessions came and went, and what went wrong. */
void status_print_sessions(const struct total *total, FILE *stream);
void status_print_errors(const struct total *total, FILE *stream);

/* One row for each process. */
void status_print_processes(const struct gathering *gathering,
                            const char *label, FILE *stream);

#endif
