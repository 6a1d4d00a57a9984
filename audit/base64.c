/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes and reads base 64. OpenSSL's reader passes over blanks and takes
 * several texts for one value, which a signed text must not have. */
#include "audit/base64.h"

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { PADDING = -1, NO_LETTER = -2 };

void
base64_write(const void *bytes, size_t length, char *out)
{
    const unsigned char *next = bytes;

    for (; length >= 3; length -= 3, next += 3) {
        *out++ = letters[next[0] >> 2];
        *out++ = letters[(next[0] & 3) << 4 | next[1] >> 4];
        *out++ = letters[(next[1] & 15) << 2 | next[2] >> 6];
        *out++ = letters[next[2] & 63];
    }
    if (length > 0) {
        unsigned second = length == 2 ? next[1] : 0;

        *out++ = letters[next[0] >> 2];
        *out++ = letters[(next[0] & 3u) << 4 | second >> 4];
        *out++ = length == 2 ? letters[(second & 15) << 2] : '=';
        *out++ = '=';
    }
    *out = '\0';
}

static int
value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    if (letter == '+')
        return 62;
    if (letter == '/')
        return 63;
    return letter == '=' ? PADDING : NO_LETTER;
}

/* Four letters, of which the last ones may be padding where they end the
 * text; bits that stand for nothing are 0. Returns the bytes, or 0. */
static size_t
read_group(const char *text, bool is_last, unsigned char out[3])
{
    int values[4];
    size_t n = 3;
    unsigned all;

    for (size_t i = 0; i < 4; i++)
        values[i] = value_of(text[i]);
    if (is_last && values[3] == PADDING) {
        n = values[2] == PADDING ? 1 : 2;
        values[3] = 0;
        values[2] = n == 1 ? 0 : values[2];
    }
    for (size_t i = 0; i < 4; i++)
        if (values[i] < 0)
            return 0;
    all = (unsigned)values[0] << 18 | (unsigned)values[1] << 12 |
          (unsigned)values[2] << 6 | (unsigned)values[3];
    if ((n == 1 && (all & 0xffff) != 0) || (n == 2 && (all & 0xff) != 0))
        return 0;
    out[0] = (unsigned char)(all >> 16);
    out[1] = (unsigned char)(all >> 8 & 0xff);
    out[2] = (unsigned char)(all & 0xff);
    return n;
}

bool
base64_read(const char *text, size_t length, unsigned char *out, size_t room,
            size_t *out_length)
{
    size_t total = 0;

    if (length % 4 != 0)
        return false;
    for (size_t i = 0; i < length; i += 4) {
        unsigned char group[3];
        size_t n = read_group(text + i, i + 4 == length, group);

        if (n == 0 || n > room - total)
            return false;
        for (size_t j = 0; j < n; j++)
            out[total + j] = group[j];
        total += n;
    }
    *out_length = total;
    return true;
}
