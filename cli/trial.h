/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials: what may crash or hang is done in a process of its own. */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "common/error.h"

#include <stdbool.h>

/* How it went. */
struct trial {
    int status; /* what the function returned */
    int signal; /* what ended the process instead, or 0; SIGALRM: it hung */
};

/* Calls the function in a child, which has `limit_s` seconds. False when there
 * is no child to be had. */
bool trial_run(int (*function)(const void *context), const void *context,
               unsigned limit_s, struct trial *out, struct error *error);

#endif
