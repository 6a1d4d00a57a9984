/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs for the tool: from the terminal, a file or the environment, never from
 * the command line. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "common/error.h"
#include "common/secret.h"

/* Whether this is the form of a source; else `error` says what is. */
bool pin_source_is_valid(const char *source, struct error *error);

/* "file:PATH": its first line; "env:NAME": the variable, which is emptied. */
bool pin_read(const char *source, struct secret *out, struct error *error);

#endif
