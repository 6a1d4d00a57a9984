/* SPDX-License-Identifier: BSD-3-Clause */
/* What libconfig would read without a word, and what it must not do. */
#ifndef CONFIG_SYNTAX_H
#define CONFIG_SYNTAX_H

#include <stddef.h>

/*
 * Looks for a NUL, an @include, a comment without an end and a number that
 * libconfig would cut. Returns "what; what to do" of the first
 * and its line, or NULL when there is none. The text ends with a NUL that is
 * not counted.
 */
const char *syntax_check(const char *text, size_t length, unsigned *out_line);

#endif
