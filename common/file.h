/* SPDX-License-Identifier: BSD-3-Clause */
/* Files and folders: who may change them, and reading and replacing them. */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * True when only root, the process's own user and the group `group` (-1:
 * no group) can change the file or folder: neither it nor the folder it is
 * in is writable for the world (a sticky folder such as /tmp passes for the
 * parent) or for another group, and both belong to root or the effective
 * user. Where the path is a symbolic link, the same holds for the link and
 * the folder it lies in. Else false and `error` says which, its mode, its
 * owner, and the chmod or chown that mends it.
 */
bool file_is_trusted(const char *path, gid_t group, struct error *error);

/*
 * Opens a regular file for reading, and judges what was opened by the same
 * rules: nobody can exchange it between the check and the reading. The
 * descriptor is raised as below; -1 with `error` filled.
 */
int file_open_trusted(const char *path, gid_t group, struct error *error);

/* The same without a group, but what is of that user is believed too, and no
 * symbolic link is. */
int file_open_owned(const char *path, uid_t owner, struct error *error);

/* Reads a whole file of at most `limit` bytes; the caller frees *out, which
 * ends with a NUL that is not counted. No other copy stays in memory. */
bool file_read(const char *path, size_t limit, char **out, size_t *out_length,
               struct error *error);

/* Opening it so and file_read in one. */
bool file_read_trusted(const char *path, gid_t group, size_t limit, char **out,
                       size_t *out_length, struct error *error);
bool file_read_owned(const char *path, uid_t owner, size_t limit, char **out,
                     size_t *out_length, struct error *error);

/* Replaces a file in one step (temporary file, fsync, rename) with `mode`. */
bool file_replace(const char *path, const void *bytes, size_t length,
                  mode_t mode, struct error *error);

/* The same, and the file is of that group where the process may do that. */
bool file_replace_shared(const char *path, const void *bytes, size_t length,
                         mode_t mode, gid_t group, struct error *error);

/*
 * Moves a descriptor to 200 or above, close-on-exec, so that a host which
 * counts on low numbers or closes them is not disturbed. Where the process
 * may not have so many, as high as half of what it may. Takes `descriptor`
 * over; -1 with errno on failure.
 */
int file_raise_descriptor(int descriptor);

/* The folder of a path ("." where it names none), which the caller frees,
 * and what comes after it. False: no memory. */
bool file_split(const char *path, char **out_folder, const char **out_name);

#endif
