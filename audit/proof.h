/* SPDX-License-Identifier: BSD-3-Clause */
/* That one line is in a log, for somebody who has not got the log: the line,
 * its path in the tree, and a checkpoint (c2sp.org/tlog-proof). */
#ifndef AUDIT_PROOF_H
#define AUDIT_PROOF_H

#include "audit/checkpoint.h"

struct proof {
    struct tree_path path;
    char *line; /* the record, of which the proof is; NULL: not in it */
    size_t line_length;
    const char *note; /* the checkpoint, lent from what was read */
    size_t note_length;
};

/*
 * Makes the proof for a line, from 1, of a log, with the checkpoint beside the
 * last of its files, which are named as for sequence_find; refuses where the
 * log does not fit that. The caller frees *out.
 */
bool proof_make(const char *const *paths, size_t n_paths, uint64_t number,
                char **out, struct error *error);

/* Reads a proof; nothing is checked but its form. */
bool proof_read(const char *bytes, size_t length, struct proof *out);
void proof_clear(struct proof *proof);

#endif
