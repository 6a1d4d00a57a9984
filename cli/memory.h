/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for the tool, which ends with a sentence when there is none. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>

/* None of them returns NULL; all of it is zeroed, and freed with free. */
void *memory_new(size_t count, size_t size);

/* Makes room for one more item: for lists that grow item by item. The new
 * item is zeroed. */
void *memory_grow(void *items, size_t count, size_t size);

/* Ends the process where something is NULL for want of memory. */
void memory_need(const void *pointer);

/* A copy; NULL stays NULL. */
char *memory_copy(const char *text);

char *memory_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
