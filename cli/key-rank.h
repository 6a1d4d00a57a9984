/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of an account, the most used first. */
#ifndef CLI_KEY_RANK_H
#define CLI_KEY_RANK_H

#include "cli/account.h"

struct ranked_key {
    const struct group *group; /* of account->keys */
    uint64_t n_uses;
};

/* All of them; the caller frees the list. NULL: there are none. */
struct ranked_key *key_rank(const struct account *account);

/* What the group is called by; lent from it. */
struct entry_key key_rank_names(const struct group *key);

#endif
