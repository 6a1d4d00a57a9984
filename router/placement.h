/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the tokens that were seen is which member of which token. */
#ifndef ROUTER_PLACEMENT_H
#define ROUTER_PLACEMENT_H

#include "router/scan.h"
#include "router/token.h"

/* Where a seen token went. */
struct placement {
    const struct seen_token *seen;
    struct member *member; /* NULL: no rule fits it */
};

/*
 * Places the members of configured tokens, whose rules are in `file` (NULL: in
 * none). placements[i] is for seen[i].
 * False when a rule fits two tokens or two rules fit one; `error` is the
 * first such sentence, each is kept as the member's trouble too. The slots'
 * lock is held.
 */
bool placement_apply(const char *file, struct token *const *tokens,
                     size_t n_tokens, const struct seen_token *seen,
                     size_t n_seen, struct placement *placements,
                     struct error *error);

/* The member that has this token already, also where another entry of the
 * same library shows it; NULL: none has. */
struct member *placement_find(const struct placement *placements,
                              size_t n_placements,
                              const struct seen_token *seen);

/* Whether the token that was seen in the place of another one is not the same
 * (R6.18). */
bool placement_is_other(const struct profile *profile,
                        const CK_TOKEN_INFO *before, const CK_TOKEN_INFO *now);

/* Puts a member where it was seen. */
void placement_put(struct member *member, const struct seen_token *seen);

#endif
