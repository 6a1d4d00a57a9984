/* SPDX-License-Identifier: BSD-3-Clause */
/* The tokens of the file. */
#ifndef CONFIG_TOKEN_H
#define CONFIG_TOKEN_H

#include "config/reader.h"

/* What the keys of one token say together. */
void config_token_check(struct config_reader *reader,
                        const config_setting_t *group, const void *element);

/* What the tokens say together; those without a slot get one. */
void config_tokens_check(struct config_reader *reader);

void config_token_clear(struct config_token *token);

#endif
