/* SPDX-License-Identifier: BSD-3-Clause */
/* What one file of a log holds, whether it is compressed with gzip or not. */
#ifndef AUDIT_SOURCE_H
#define AUDIT_SOURCE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* There is no end before that of the file. */
#define SOURCE_WHOLE UINT64_MAX

struct source;

/*
 * Begins at a byte of what it holds. What stands behind `limit` is not read,
 * unless the file is compressed. `descriptor` is lent, -1: it is opened by
 * its path, which is lent too.
 */
bool source_open(const char *path, int descriptor, uint64_t offset,
                 uint64_t limit, struct source **out, struct error *error);
void source_free(struct source *source);

/* How much it was; 0 at the end, -1 with `error` filled. */
ssize_t source_read(struct source *source, void *bytes, size_t size,
                    struct error *error);

/* Whether a compressed file holds just so many bytes, as far as gzip says so at
 * its end: without reading it. */
bool source_has_length(const char *path, uint64_t length);

/* How compressed files are read; without one they are refused. */
struct source_decompressor {
    void *(*open)(int descriptor); /* takes it over, unless it is NULL */
    bool (*skip)(void *stream, uint64_t n_bytes);
    /* Like source_read, with a reason. */
    ssize_t (*read)(void *stream, void *bytes, size_t size,
                    const char **out_why);
    void (*close)(void *stream);
};

/* Lent; before threads read. */
void source_set_decompressor(const struct source_decompressor *decompressor);

#endif
