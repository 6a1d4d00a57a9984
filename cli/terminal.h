/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking for a secret on the terminal. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "common/error.h"
#include "common/secret.h"

/* Shows `question` on /dev/tty and reads a line without showing it. Whatever
 * ends the process meanwhile, the terminal is as it was. */
bool terminal_read_secret(const char *question, struct secret *out,
                          struct error *error);

#endif
