/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says of itself and of its commands. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* Every command with one line. */
void help_print_all(FILE *stream);

/* All about one of them. */
void help_print_command(const struct command *command, FILE *stream);

/* Says that there is no such command, after `before`; the second word may be
 * NULL. */
enum status help_refuse(const char *before, const char *first,
                        const char *second);

#endif
