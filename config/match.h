/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that say which token of a module is meant. */
#ifndef CONFIG_MATCH_H
#define CONFIG_MATCH_H

#include "config/config.h"

enum { MATCH_MISTAKE_LENGTH = 256 };

/* As uri_parse: false with "what; what to do", empty for lack of memory. */
bool config_match_parse(const char *uri, struct config_match *out,
                        char mistake[MATCH_MISTAKE_LENGTH]);
void config_match_clear(struct config_match *match);

/* Orders rules by what they ask for, however it is written; 0: the same. */
int config_match_compare(const struct config_match *a,
                         const struct config_match *b);

#endif
