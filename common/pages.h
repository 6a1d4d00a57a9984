/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for what must not leave the process: pages of its own. */
#ifndef COMMON_PAGES_H
#define COMMON_PAGES_H

#include <stddef.h>

/*
 * At least `length` bytes, all zero, between two guard pages; locked where the
 * limit allows, kept out of core dumps and wiped in a forked child. NULL for
 * lack of memory. The caller frees with pages_free.
 */
void *pages_new(size_t length);

/* Wipes them and gives them back, with the length that they were made with;
 * NULL is accepted. */
void pages_free(void *start, size_t length);

#endif
