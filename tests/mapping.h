/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel knows of a mapping, and what was left in those that were
 * given back: for programs linked with -Wl,--wrap=munmap. */
#ifndef TESTS_MAPPING_H
#define TESTS_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/* How many were given back, and how many bytes of the last one, without its
 * guard pages, were not zero then. */
extern size_t mapping_n_unmapped;
extern size_t mapping_n_left_bytes;

/* Whether the mapping that holds `address` has a flag of smaps(5), such as
 * "dd". */
bool mapping_has(const void *address, const char *flag);

/* Under AddressSanitizer mlock does nothing and says that it did. */
bool mapping_can_be_locked(void);

#endif
