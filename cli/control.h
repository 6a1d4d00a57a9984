/* SPDX-License-Identifier: BSD-3-Clause */
/* Something that all running processes are told, for commands that do more. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include "cli/request.h"
#include "router/control-page.h"

/* Says it to them for the token of the command line, waits until they have done
 * it, and says which have not. */
enum status control_run(const struct request *request, enum control_verb verb);

#endif
