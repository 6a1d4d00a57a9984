/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes as hexadecimal digits. */
#ifndef CLI_HEX_H
#define CLI_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* The caller frees it. */
char *hex_text(const unsigned char *bytes, size_t length);

/* Pairs of digits, with or without colons between them; the caller frees *out.
 * False, with nothing to free, when it is something else, or nothing. */
bool hex_read(const char *text, unsigned char **out, size_t *length);

#endif
