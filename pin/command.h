/* SPDX-License-Identifier: BSD-3-Clause */
/* A program whose first line of output is a PIN. */
#ifndef PIN_COMMAND_H
#define PIN_COMMAND_H

#include "common/error.h"
#include "common/secret.h"

/* How long it may take. */
extern const unsigned pin_command_limit_ms;

/* Runs the program, with an environment of its own where the process
 * `is_raised` above its caller; see pin_read. Nothing printed is no PIN. */
bool pin_command_read(char *const *arguments, bool is_raised,
                      struct secret *out, struct error *error);

/* Whether it is there and may be executed, and who may change it. */
bool pin_command_check(char *const *arguments, struct error *error);

#endif
