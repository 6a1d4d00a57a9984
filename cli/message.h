/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says on standard error: one line each, after its name. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

/* Control characters in it become question marks. */
void message_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
