/* SPDX-License-Identifier: BSD-3-Clause */
/* Locals that own memory let it go by themselves. */
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* clang calls a variable unused that only its cleanup function reads. */
#define CLEANUP(function) __attribute__((cleanup(function), unused))

static inline void
freep(void *pointer)
{
    free(*(void **)pointer);
}

static inline void
closep(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static inline void
fclosep(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

#endif
