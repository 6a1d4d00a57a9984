/* SPDX-License-Identifier: BSD-3-Clause */
/* Small files by which a process shows something to others: mapped, with all of
 * their room on the disk, so that one that gets full ends nobody. */
#ifndef ROUTER_MAPPED_FILE_H
#define ROUTER_MAPPED_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A file of `size` zeroes in the folder, which only this user may read, in the
 * place of one of that name: that is of an earlier p11mux in this process, or
 * of the program that it was before. A child does not have the memory. `inode`
 * (or NULL) is the file's. NULL with errno.
 */
void *mapped_file_make(int folder, const char *name, size_t size, ino_t *inode);

#endif
