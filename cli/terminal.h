/* SPDX-License-Identifier: BSD-3-Clause */
/* The terminal: its width, and asking for a secret there. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "common/error.h"
#include "common/secret.h"

#include <stddef.h>

/* Shows `question` on /dev/tty and reads a line without showing it. Whatever
 * ends the process meanwhile, the terminal is as it was. `option` is the one to
 * use where there is no terminal. */
bool terminal_read_secret(const char *question, const char *option,
                          struct secret *out, struct error *error);

/* Of the terminal that standard output is, or what $COLUMNS says; 0: it is
 * none. */
size_t terminal_width(void);

#endif
