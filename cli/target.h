/* SPDX-License-Identifier: BSD-3-Clause */
/* The token that a command is about, reached as applications reach it. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/request.h"
#include "common/error.h"
#include "config/config.h"
#include "router/token.h"

/* Whether tokens are logged in where the configuration has auto_login. */
enum target_logins { TARGET_AS_CONFIGURED, TARGET_WITHOUT_LOGINS };

/* Starts the modules, as C_Initialize does. False, with a sentence on standard
 * error, when applications could not start. */
bool target_start(const struct request *request, enum target_logins logins,
                  struct error *error);
void target_stop(void);

/* The token with this label, or in the slot with this number; lent. */
bool target_find(const char *name, const struct token **out,
                 struct error *error);

/* The same, of a token with several members. */
bool target_find_group(const char *name, const struct token **out,
                       struct error *error);

/* The same, of a token in mode "migrate". */
bool target_find_migration(const char *name, const struct token **out,
                           struct error *error);

/* C_GetTokenInfo, with a sentence where the token is away. */
bool target_info(const struct token *token, CK_TOKEN_INFO *out,
                 struct error *error);

/* Where the PIN of its user, or of its security officer, comes from: the one
 * member's own where it has one. NULL: nowhere. */
const struct config_pin *target_pin(const struct token *token, bool of_so);

/* A URI of it for pin_read; NULL where no rule names it. */
const char *target_uri(const struct token *token);

/* How its module behaves. */
const struct profile *target_profile(const struct member *member);

/* Whether its module keeps one object for each CKA_ID, and replaces it (R8.6).
 */
bool target_overwrites(const struct member *member);

/* Puts "FUNCTION: CKR_NAME" into `error` and returns false. */
bool target_fail(const char *function, CK_RV rv, struct error *error);

#endif
