/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a token's members go with its mode, and the order they are asked in.
 */
#ifndef CONFIG_MEMBER_H
#define CONFIG_MEMBER_H

#include "config/reader.h"

/* `line` is the token's; `has_write`: it says what may be written. */
void members_check(struct config_reader *reader, unsigned line,
                   const struct config_token *token, bool has_write);

/* Standby members come after all others, and the old one after the new one.
 * False: no memory. */
bool members_order(struct config_token *token);

#endif
