/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which process began something: known without asking the kernel, also where a
 * child was made behind the back of fork's hooks.
 */
#ifndef COMMON_ORIGIN_H
#define COMMON_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct origin {
    pid_t pid;
    const volatile uint32_t *mark; /* NULL: the kernel is asked */
};

void origin_begin(struct origin *origin);

/* False in every process that was forked since. */
bool origin_is_here(const struct origin *origin);

void origin_end(struct origin *origin);

#endif
