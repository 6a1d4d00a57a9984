/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines of a log that may be in several files, one after the other. */
#ifndef AUDIT_LINES_H
#define AUDIT_LINES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* A record has some hundred bytes; what is longer than this is no log. */
enum { LINES_LONGEST = 1024 * 1024 };

struct lines;

struct line {
    const char *bytes; /* lent until the next one is read */
    size_t length;     /* without the line end */
    bool is_whole;     /* it has a line end */
    uint64_t number;   /* of all files together, from 1 */
};

enum lines_found { LINES_LINE, LINES_END, LINES_FAILED };

/* Lends the paths. Begins at a byte of the first file, behind the line
 * `number`. */
bool lines_open(const char *const *paths, size_t n_paths, uint64_t offset,
                uint64_t number, struct lines **out, struct error *error);
void lines_free(struct lines *lines);
void lines_freep(struct lines **lines);

enum lines_found lines_next(struct lines *lines, struct line *out,
                            struct error *error);

/* What the file is that is read. */
const struct stat *lines_file(const struct lines *lines);

/* Where a line that was read stands: its file, and its number there. */
void lines_place(const struct lines *lines, uint64_t number,
                 const char **out_path, uint64_t *out_number);

#endif
