/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether services of this machine are there. */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include <stdbool.h>

/* Whether a process of this name runs; true also where /proc does not say. */
bool service_runs(const char *name);

/* Whether somebody listens at a UNIX socket, also if this user may not talk to
 * him. */
bool service_listens(const char *path);

#endif
