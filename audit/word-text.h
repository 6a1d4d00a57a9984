/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts of which each line is a word, a blank and a value: how a signer keeps
 * what it knows of a log. */
#ifndef AUDIT_WORD_TEXT_H
#define AUDIT_WORD_TEXT_H

#include "audit/tree.h"

#include <stdio.h>

void word_write_number(FILE *stream, const char *word, uint64_t number);
void word_write_hash(FILE *stream, const char *word,
                     const struct tree_hash *hash);

/* One line `node` for each whole subtree, from the left. */
void word_write_nodes(FILE *stream, const struct tree *tree);

/* Each takes a line off a text that ends with a NUL; where it is another one,
 * false, and *next stays. */
bool word_take_number(const char **next, const char *word, uint64_t *out);
bool word_take_hash(const char **next, const char *word, struct tree_hash *out);

/* Not empty, and without control characters; the caller frees it. */
bool word_take_text(const char **next, const char *word, char **out);

/* Of a tree whose size is known. */
bool word_take_nodes(const char **next, struct tree *tree);

#endif
