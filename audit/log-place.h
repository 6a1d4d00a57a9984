/* SPDX-License-Identifier: BSD-3-Clause */
/* The place of a log in the file system: a regular file that only those may
 * change who may, in a folder of which the same is true. */
#ifndef AUDIT_LOG_PLACE_H
#define AUDIT_LOG_PLACE_H

#include "common/error.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens the file at the path to append to it, a high descriptor; makes it, for
 * the group to append to, where it is missing. False with a sentence where it
 * is none that may be the log.
 */
bool log_place_open(const char *path, gid_t group, int *out_descriptor,
                    struct stat *out, struct error *error);

/* Whether that would go well, for this process; nothing is made. */
bool log_place_check(const char *path, gid_t group, struct error *error);

#endif
