/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration that a command goes by. */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "cli/request.h"
#include "common/error.h"
#include "config/config.h"

/* The file that --config names, else the one that applies; *out is NULL when
 * there is none, else the caller frees it. */
bool configuration_find(const struct request *request, char **out,
                        struct error *error);

/* Reads it. False, with a sentence on stderr, when it cannot be used. */
bool configuration_load(const struct request *request, struct config **out);

#endif
