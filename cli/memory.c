/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for the tool, which ends with a sentence when there is none. */
#include "cli/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end_for_want_of_it(void) __attribute__((noreturn));

static void
end_for_want_of_it(void)
{
    (void)fputs("p11mux: out of memory; free some and try again\n", stderr);
    exit(1);
}

void *
memory_new(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);

    if (memory == NULL)
        end_for_want_of_it();
    return memory;
}

void *
memory_grow(void *items, size_t count, size_t size)
{
    char *memory = reallocarray(items, count + 1, size);

    if (memory == NULL)
        end_for_want_of_it();
    memset(memory + count * size, 0, size);
    return memory;
}

void
memory_need(const void *pointer)
{
    if (pointer == NULL)
        end_for_want_of_it();
}

char *
memory_copy(const char *text)
{
    char *copy;

    if (text == NULL)
        return NULL;
    copy = strdup(text);
    if (copy == NULL)
        end_for_want_of_it();
    return copy;
}

char *
memory_text(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        end_for_want_of_it();
    return text;
}
