/* SPDX-License-Identifier: BSD-3-Clause */
/* Audit logs as a test reads them. What is wrong with one is a sentence. */
#ifndef TESTS_AUDIT_READER_H
#define TESTS_AUDIT_READER_H

#include <stdbool.h>
#include <stddef.h>

enum { AUDIT_MOST_RUNS = 256 };

struct audit_lines {
    char *text; /* the file, its newlines made NULs */
    size_t n;
    char **lines;
};

void audit_read(const char *path, struct audit_lines *out);
void audit_lines_free(struct audit_lines *lines);

/* How many lines hold the text. */
size_t audit_count(const char *path, const char *text);

/* The last line that holds it, or NULL; to be freed. */
char *audit_find(const char *path, const char *text);

/*
 * NULL when every line is a whole record that follows the one before it in
 * its run; *n_runs is how many there are. Halves of lines in front of a `torn`
 * record are counted in *n_torn (NULL: there must be none).
 */
const char *audit_check(const char *path, size_t *n_runs, size_t *n_torn);

#endif
