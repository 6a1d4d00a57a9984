/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the records of each run follow one another. What is kept grows with
 * the number of runs, not with that of records. After the first record that
 * does not follow, only what explains it is looked at.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/fault.h"
#include "audit/lines.h"
#include "audit/tree.h"

struct chain;

/* NULL: no memory. */
struct chain *chain_new(void);
void chain_free(struct chain *chain);
void chain_freep(struct chain **chain);

/* What comes first is not there: runs may have begun in it. */
void chain_allow_begun(struct chain *chain);

/* The next line, with the hash of its leaf; false: no memory. */
bool chain_add(struct chain *chain, const struct line *line,
               const struct tree_hash *leaf);

/* The first fault, when the log has ended. The first `good_lines` are known to
 * be as they were written. */
void chain_finish(const struct chain *chain, uint64_t good_lines,
                  struct fault *out);

/* Lines of processes that were killed while they wrote: no fault, since they
 * had told nobody that the record is there. */
uint64_t chain_count_unfinished(const struct chain *chain);

uint64_t chain_count_runs(const struct chain *chain);

/* Those of which the beginning is not there. */
uint64_t chain_count_begun(const struct chain *chain);

#endif
