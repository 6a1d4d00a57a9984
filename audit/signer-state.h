/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer remembers of a log, so that it reads only what is new. It is
 * believed where it fits the last checkpoint and the files, else not missed. */
#ifndef AUDIT_SIGNER_STATE_H
#define AUDIT_SIGNER_STATE_H

#include "audit/tree.h"
#include "common/error.h"

#include <sys/types.h>

/* How far a file was read. */
struct signer_file {
    char *name;     /* as in the manifest; of the log itself, its own */
    bool is_closed; /* nothing is appended to it any more */
    uint64_t device;
    uint64_t inode;
    uint64_t offset;       /* of the byte behind the last line */
    struct tree_hash last; /* the leaf of that line */
};

/* Zero-initialised is that of a log without lines. */
struct signer_state {
    struct tree tree;
    uint64_t list_length;      /* bytes of FILE.checkpoints; 0: not known */
    struct signer_file *files; /* in the order of the manifest, the log last */
    size_t n_files;
};

/* False where there is none, or what is there is none. What release 0.1.0
 * wrote knows one file, and not its name: it is called `log`. */
bool signer_state_read(const char *path, const char *log,
                       struct signer_state *out);

bool signer_state_write(const char *path, const struct signer_state *state,
                        gid_t group, struct error *error);

void signer_state_clear(struct signer_state *state);

/* One more file at the end, without lines; NULL: no memory. */
struct signer_file *signer_state_add(struct signer_state *state,
                                     const char *name);

/* Whether what is at the path has the last line where it was. */
bool signer_file_fits(const struct signer_file *file, const char *path);

#endif
