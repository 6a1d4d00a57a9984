/* SPDX-License-Identifier: BSD-3-Clause */
/* When a process was started: what tells it from a later one that was given
 * the same number. */
#ifndef COMMON_BIRTH_H
#define COMMON_BIRTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct birth {
    pid_t pid;
    uint64_t ticks;     /* of the kernel, since it was booted */
    uint64_t namespace; /* the processes among which the number counts */
};

/* Of this process; false where /proc does not say it. */
bool birth_of_self(struct birth *out);

/* Whether that process runs. One of other processes' namespace is believed to,
 * and so is one that may not be looked at; one that has ended and is only
 * waited for does not run. */
bool birth_is_alive(const struct birth *birth);

/* The same, but for root in the first namespace, who sees all processes, those
 * of others are looked for too. It looks at every process: for the tool. */
bool birth_is_alive_anywhere(const struct birth *birth);

#endif
