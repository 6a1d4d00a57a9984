/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys that signed a log one after the other, from one that is trusted:
 * each has vouched for the next, and each for the one before it. */
#ifndef AUDIT_KEY_CHAIN_H
#define AUDIT_KEY_CHAIN_H

#include "audit/key-change.h"

struct key_chain;

/* Lends the key. NULL: no memory. */
struct key_chain *key_chain_new(const struct note_key *key);
void key_chain_free(struct key_chain *chain);

/* First all changes of a list of checkpoints are taken from it, in the order of
 * the lists; one that is not there has none. False: no memory. */
bool key_chain_read(struct key_chain *chain, const char *list);

/* Then the order of the keys is found. */
void key_chain_order(struct key_chain *chain);

/* Then each note is checked in turn, by the key whose time it is. */
enum note_verdict key_chain_check(struct key_chain *chain,
                                  const struct note *note);

/* By any of them. */
enum note_verdict key_chain_check_any(const struct key_chain *chain,
                                      const struct note *note);

#endif
