/* SPDX-License-Identifier: BSD-3-Clause */
/* Doing something with the rights of another user. */
#ifndef CLI_USER_H
#define CLI_USER_H

#include "common/error.h"

/* Turns this process into one of the user's, with his groups, home and state
 * folder; for ever. */
bool user_become(const char *name, struct error *error);

#endif
