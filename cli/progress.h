/* SPDX-License-Identifier: BSD-3-Clause */
/* What takes so long: one line on a terminal, after the first second, which is
 * gone when it is done. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>

/* Writes what is being done now, as "starting module luna". Called by another
 * thread. */
typedef void (*progress_describe)(const void *context, char *out, size_t room);

struct progress;

/* NULL, which is fine below, where standard error is no terminal. */
struct progress *progress_begin(progress_describe describe,
                                const void *context);
void progress_end(struct progress *progress);

#endif
