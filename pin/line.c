/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads one line; no byte of it is ever anywhere but in the secret. */
#include "pin/line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool
line_begin(struct secret *out)
{
    return secret_set(out, NULL, 0);
}

static void
line_cut(struct secret *line, size_t length)
{
    /* Of a line that was written on another system. */
    if (length > 0 && line->bytes[length - 1] == '\r')
        length--;
    explicit_bzero(line->bytes + length, line->length - length);
    line->length = length;
}

enum line_state
line_read(int descriptor, struct secret *line)
{
    size_t room = SECRET_MAX_LENGTH + 1 - line->length;
    const unsigned char *newline;
    ssize_t got = read(descriptor, line->bytes + line->length, room);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? LINE_OPEN : LINE_FAILED;
    line->length += (size_t)got;
    newline = memchr(line->bytes, '\n', line->length);
    if (newline != NULL || got == 0) {
        line_cut(line, newline != NULL ? (size_t)(newline - line->bytes)
                                       : line->length);
        return LINE_ENDED;
    }
    return line->length > SECRET_MAX_LENGTH ? LINE_TOO_LONG : LINE_OPEN;
}
