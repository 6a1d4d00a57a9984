/* SPDX-License-Identifier: BSD-3-Clause */
/* What one process shows of itself: a copy of its counters file. */
#ifndef CLI_SHOWN_H
#define CLI_SHOWN_H

#include "common/error.h"
#include "router/counters-layout.h"

#include <stdbool.h>
#include <sys/types.h>

struct shown {
    uid_t user;
    uint64_t pid;       /* in its own namespace */
    uint64_t namespace; /* of which the file's name is */
    uint64_t started_us;
    char *program;
    struct counters_picture *picture; /* owned; what it says of itself holds */
    struct counters_token *tokens;
    struct counters_member *members;
};

enum shown_found {
    SHOWN_WHOLE,
    SHOWN_NOT_YET, /* it has just begun, or has gone */
    SHOWN_WRONG    /* `error` says what is wrong */
};

/* Reads a file of that user in his folder; `path` is what messages call it.
 * What is found whole is to be cleared. */
enum shown_found shown_read(int folder, const char *name, const char *path,
                            uid_t user, struct shown *out, struct error *error);
void shown_clear(struct shown *shown);

#endif
