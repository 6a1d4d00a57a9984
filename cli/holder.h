/* SPDX-License-Identifier: BSD-3-Clause */
/* Processes that have a file open for writing. */
#ifndef CLI_HOLDER_H
#define CLI_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct holder {
    unsigned long pid;
    char *program; /* the path of what runs in it; NULL: not known */
};

struct holders {
    struct holder *items;
    size_t count;
    bool is_whole; /* this process may look at all others */
};

/* All but this process. */
void holders_find(const struct stat *entry, struct holders *out);
void holders_clear(struct holders *holders);

#endif
