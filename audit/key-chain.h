/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys that signed a log one after the other, from one that is trusted:
 * each has vouched for the next, and each for the one before it. */
#ifndef AUDIT_KEY_CHAIN_H
#define AUDIT_KEY_CHAIN_H

#include "audit/key-change.h"

struct key_chain;

/* The changes in the lists of checkpoints beside the files of a log, the oldest
 * first; where one is not there it has none. Lends the key. NULL: no memory. */
struct key_chain *key_chain_new(const struct note_key *key,
                                const char *const *paths, size_t n_paths);
void key_chain_free(struct key_chain *chain);

/* Each note is checked in turn, by the key whose time it is. */
enum note_verdict key_chain_check(struct key_chain *chain,
                                  const struct note *note);

/* By any of them. */
enum note_verdict key_chain_check_any(const struct key_chain *chain,
                                      const struct note *note);

#endif
