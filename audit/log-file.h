/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of the audit log: one descriptor that only appends, shared with
 * whatever other processes append to the same file.
 */
#ifndef AUDIT_LOG_FILE_H
#define AUDIT_LOG_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct audit_file;

/*
 * Opens it, or makes it: 0660 and of the group where there is a group to share
 * it with (-1: none), else 0640. What somebody else could change is refused.
 * A forked child goes on with its parent's descriptor, whatever it may open
 * itself.
 */
bool audit_file_open(const char *path, gid_t group, struct audit_file **out,
                     struct error *error);
void audit_file_close(struct audit_file *file);

/* Whether the last line in it has no end, as far as this process may read. */
bool audit_file_ends_cut(const struct audit_file *file);

/*
 * One write; by one thread at a time. A file that was removed, or whose
 * descriptor the host closed or reused, is opened again before; one that has
 * another name or was replaced, twenty milliseconds later at most. 0 when
 * all of it is there as was asked for, else an errno; *written is how much of
 * it is in the file either way.
 */
int audit_file_append(struct audit_file *file, const void *bytes, size_t length,
                      bool to_disk, size_t *written);

#endif
