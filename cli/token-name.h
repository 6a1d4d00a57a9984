/* SPDX-License-Identifier: BSD-3-Clause */
/* What a token is called where all processes have to understand it. */
#ifndef CLI_TOKEN_NAME_H
#define CLI_TOKEN_NAME_H

#include "common/error.h"
#include "config/config.h"

struct token_name {
    char *name;  /* as slot_list_name has it */
    char *label; /* what people call it */
};

/*
 * `word` is a label, or the number of a slot. A token of the configuration is
 * found there; only for others the modules are started. The caller clears *out.
 * False, with a sentence: there is none.
 */
bool token_name_find(const struct config *config, const char *word,
                     struct token_name *out, struct error *error);
void token_name_clear(struct token_name *name);

/* The configuration's rule of the token with this label; NULL: there is none.
 */
const struct config_token *token_name_rule(const struct config *config,
                                           const char *label);

#endif
