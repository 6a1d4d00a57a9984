/* SPDX-License-Identifier: BSD-3-Clause */
/* The PIN that --pin-source names, never given on the command line itself. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "common/error.h"
#include "common/secret.h"

/* Whether this is the form of a source, as in the configuration, or a file by a
 * relative path; else `error` says what is. */
bool pin_option_is_valid(const char *source, struct error *error);

/* Reads it. A variable is emptied. */
bool pin_option_read(const char *source, struct secret *out,
                     struct error *error);

#endif
