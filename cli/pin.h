/* SPDX-License-Identifier: BSD-3-Clause */
/* The source of a PIN that an option names; never the PIN itself. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "common/error.h"
#include "config/config.h"

/* A source as in the configuration, or a file by a relative path; else `error`
 * says what the value of --`option` is. The caller clears *out. */
bool pin_option_parse(const char *option, const char *text,
                      struct config_pin *out, struct error *error);

/* Takes a variable away: modules are loaded into this process, and need not
 * find it there. */
void pin_option_forget(const struct config_pin *pin);

#endif
