/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heap, as this program's libraries use it: allocations of a thread are
 * counted, and those of one library can be made to fail.
 */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <stdbool.h>

/* Counts the allocations that this thread makes from here on. */
void heap_begin(void);
unsigned long heap_end(void);

/* From here on every allocation fails that code of the library calls for
 * which holds this address; NULL: none does any more. */
void heap_fail(const void *address);

#endif
