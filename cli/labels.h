/* SPDX-License-Identifier: BSD-3-Clause */
/* The labels of a sample for Prometheus: whose it is, and of what kind. */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include "cli/total.h"

#include <stdio.h>

/* Whose a sample is: NULL and 0 where it is of no such thing. */
struct whose {
    const struct shown *process;
    const struct total_token *token;
    const struct total_member *member;
    size_t nth; /* member of the token */
};

/* All of them, with one more (NULL: none), and for buckets with their limit. */
void labels_write(FILE *stream, const struct whose *whose, const char *name,
                  const char *value, const char *limit);

/* The same in steps: says what comes before the next one. */
const char *labels_begin(FILE *stream, const struct whose *whose);
void labels_add(FILE *stream, const char *name, const char *value);

#endif
