/* SPDX-License-Identifier: BSD-3-Clause */
/* UTF-8, character by character. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Stands for bytes that are no UTF-8. */
#define UTF8_INVALID UINT32_MAX

/* The character that a text, which is not empty, begins with; returns how many
 * bytes it takes. What is no UTF-8 takes one. */
size_t utf8_next(const char *text, uint32_t *out);

/* The columns that a text takes on a terminal, whatever the locale is. */
size_t utf8_width(const char *text);

/* How many bytes of it fit into so many columns, and how many they take. */
size_t utf8_fit(const char *text, size_t columns, size_t *out_width);

#endif
