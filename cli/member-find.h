/* SPDX-License-Identifier: BSD-3-Clause */
/* The member of a group that a word of the command line means. */
#ifndef CLI_MEMBER_FIND_H
#define CLI_MEMBER_FIND_H

#include "config/config.h"

/* By its number, its module, its match or the label in that: how many are
 * called so, and the last one of them. */
size_t member_find(const struct config_token *rule, const char *word,
                   unsigned *out);

#endif
