/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that would lead back into p11mux (R1.8). */
#ifndef BACKENDS_RECURSION_H
#define BACKENDS_RECURSION_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether this is the file that this code is in. */
bool recursion_is_own_file(dev_t device, ino_t inode);

/*
 * Why a module whose entry point is at this address must not be used, or NULL:
 * it is p11mux, also as another copy of the file, or p11-kit's proxy, which
 * loads every registered module and so p11mux.
 */
const char *recursion_reason(const void *entry_point);

#endif
