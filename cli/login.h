/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging in to a token as its user, and what can come of it. */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "common/cryptoki.h"
#include "common/error.h"

/*
 * Logs the session's token in with the PIN of `source`, or with one that is
 * asked for (NULL). A source is not tried when a wrong PIN would lock the
 * token.
 */
bool login_user(CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
                const char *source, struct error *error);

#endif
