/* SPDX-License-Identifier: BSD-3-Clause */
/* File systems that nobody but a test sees. */
#ifndef TESTS_OWN_MOUNTS_H
#define TESTS_OWN_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

/* First thing in main: runs the program again where it may mount; who is not
 * root is root of users of its own there. */
void own_mounts_enter(int count, char **arguments);

/* Mounts a file system in memory over a folder. False: it is not allowed, which
 * is then said, and the test is to be skipped. */
bool own_mounts_add(const char *path, const char *options);

/* So many bytes more than there are used. */
void own_mounts_resize(const char *path, size_t more);

#endif
