/* SPDX-License-Identifier: BSD-3-Clause */
/* A command line as its words, split as a shell does, without a shell. */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include <stdbool.h>

/*
 * Words are parted by blanks; quotes and backslashes mean what they mean to a
 * shell. False where a shell would do more than split, or a quote has no end:
 * *mistake says so ("has ...; do ..."), or is NULL for lack of memory. *out
 * ends with NULL; the caller frees it with words_free.
 */
bool words_split(const char *text, char ***out, const char **mistake);
void words_free(char **words);

#endif
