/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging in to a token as its user, and what can come of it. */
#ifndef CLI_LOGIN_USER_H
#define CLI_LOGIN_USER_H

#include "common/cryptoki.h"
#include "common/error.h"
#include "config/config.h"

/* What the token says to a PIN, in words: "the PIN is wrong"; NULL: nothing
 * that is about PINs. */
const char *login_meaning(CK_RV rv);

/*
 * Logs the session's token in with the PIN of `source`, or with one that is
 * asked for (NULL). A source is not tried when a wrong PIN would lock the
 * token. `token_uri` is as for pin_read.
 */
bool login_user(CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
                const struct config_pin *source, const char *token_uri,
                struct error *error);

#endif
