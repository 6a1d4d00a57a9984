/* SPDX-License-Identifier: BSD-3-Clause */
/* What all processes show of themselves: those of this user, for root those of
 * all users. */
#ifndef CLI_GATHERING_H
#define CLI_GATHERING_H

#include "cli/shown.h"
#include "config/config.h"

#include <stddef.h>

struct gathering {
    struct shown *processes;
    size_t n_processes;
    char **troubles; /* what could not be read, a sentence each */
    size_t n_troubles;
};

/* What dead processes left is removed on the way. */
void gathering_read(const struct config *config, struct gathering *out);
void gathering_clear(struct gathering *gathering);

#endif
