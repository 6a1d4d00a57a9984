/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer remembers of a log, so that it reads only what is new. It is
 * believed where it fits the last checkpoint and the file, else not missed. */
#ifndef AUDIT_SIGNER_STATE_H
#define AUDIT_SIGNER_STATE_H

#include "audit/tree.h"
#include "common/error.h"

#include <sys/stat.h>

struct signer_state {
    struct tree tree;
    uint64_t device;
    uint64_t inode;
    uint64_t offset;       /* of the byte behind the last line */
    struct tree_hash last; /* the leaf of that line */
};

/* False where there is none, or what is there is none. */
bool signer_state_read(const char *path, struct signer_state *out);

bool signer_state_write(const char *path, const struct signer_state *state,
                        gid_t group, struct error *error);

/* Whether the log is the file that it was, and has its last line where it
 * was. */
bool signer_state_fits(const struct signer_state *state, const char *log);

#endif
