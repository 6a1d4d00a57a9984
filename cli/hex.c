/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes as hexadecimal digits. */
#include "cli/hex.h"

#include "cli/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
hex_text(const unsigned char *bytes, size_t length)
{
    char *text = memory_new(2 * length + 1, 1);

    for (size_t i = 0; i < length; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

bool
hex_read(const char *text, unsigned char **out, size_t *length)
{
    unsigned char *bytes = memory_new(strlen(text) / 2 + 1, 1);
    size_t n = 0;

    for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]);
         text += text[2] == ':' && text[3] != '\0' ? 3 : 2) {
        char digits[3] = { text[0], text[1], '\0' };

        bytes[n++] = (unsigned char)strtoul(digits, NULL, 16);
    }
    if (*text != '\0' || n == 0) {
        free(bytes);
        return false;
    }
    *out = bytes;
    *length = n;
    return true;
}
