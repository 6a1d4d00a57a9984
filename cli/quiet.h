/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the old member of a token in mode "migrate" was not used for some
 * time (R9.13). */
#ifndef CLI_QUIET_H
#define CLI_QUIET_H

#include "common/error.h"
#include "config/config.h"
#include "router/token.h"

/* False with a sentence on who has used what since then, or why that is not
 * known. Says where there is no audit log to tell of processes that ended. */
bool quiet_check(const struct config *config, const struct token *token,
                 uint64_t quiet_ms, struct error *error);

#endif
