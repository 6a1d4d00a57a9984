/* SPDX-License-Identifier: BSD-3-Clause */
/* Base 64 (RFC 4648, section 4), read strictly: one text for one value. */
#ifndef AUDIT_BASE64_H
#define AUDIT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* How long the text for so many bytes is, without a NUL. */
#define BASE64_LENGTH(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(length) characters and a NUL. */
void base64_write(const void *bytes, size_t length, char *out);

/* Reads a text of `length` characters into at most `room` bytes; false when it
 * is not what base64_write gives. */
bool base64_read(const char *text, size_t length, unsigned char *out,
                 size_t room, size_t *out_length);

#endif
