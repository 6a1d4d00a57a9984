/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines of a log that may be in several files, one after the other. */
#ifndef AUDIT_LINES_H
#define AUDIT_LINES_H

#include "audit/sequence.h"
#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record has some hundred bytes; what is longer than this is no log. */
enum { LINES_LONGEST = 1024 * 1024 };

struct lines;

struct line {
    const char *bytes; /* lent until the next one is read */
    size_t length;     /* without the line end */
    bool is_whole;     /* it has a line end */
    bool is_last;      /* nothing is known to stand behind it */
    uint64_t number;   /* of all files together, from 1; where it is not whole,
                        * that of the next one that is */
    size_t file;       /* in the sequence */
};

enum lines_found { LINES_LINE, LINES_END, LINES_FAILED };

/* What somebody names: see sequence_find. Begins at a byte of a single file,
 * behind the line `number`. */
bool lines_open(const char *const *paths, size_t n_paths, uint64_t offset,
                uint64_t number, struct lines **out, struct error *error);

/* Takes the sequence over, and leaves an empty one. `number` is that of the
 * line before. */
bool lines_open_sequence(struct sequence *sequence, uint64_t number,
                         struct lines **out, struct error *error);

void lines_free(struct lines *lines);
void lines_freep(struct lines **lines);

enum lines_found lines_next(struct lines *lines, struct line *out,
                            struct error *error);

/* Lends what is read; `offset` of each file is that of the byte behind its last
 * whole line that was handed out. */
const struct sequence *lines_sequence(const struct lines *lines);

/* Where a line that was read stands: its file, and its number there. */
void lines_place(const struct lines *lines, uint64_t number, bool is_whole,
                 const char **out_path, uint64_t *out_number);

#endif
