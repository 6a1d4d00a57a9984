/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FILE.manifest: the older files of a log, and how its lines follow one another
 * over all of them. Whoever signs writes it. It proposes an order, which the
 * checkpoints prove: nobody else need trust it.
 */
#ifndef AUDIT_MANIFEST_H
#define AUDIT_MANIFEST_H

#include "audit/tree.h"
#include "common/error.h"

#include <sys/types.h>

/* Lines that follow one another in one file, up to the next segment. */
struct manifest_segment {
    uint64_t first; /* the index of its first leaf */
    size_t file;    /* from 1, of the older ones; 0: the log itself */
    /* The lines before it; NULL where it is neither the first of its file nor
     * one of the last. */
    struct tree *before;
};

/* Zero-initialised is that of a log with one file. */
struct manifest {
    char **names; /* of the older files, as seen from the log's folder */
    size_t n_names;
    struct manifest_segment *segments; /* as they stand in the tree */
    size_t n_segments;
};

/* False where it is none; to be cleared all the same. `text` ends with a NUL
 * behind `length` bytes. */
bool manifest_parse(const char *text, size_t length, struct manifest *out);

/* An empty one, and false in *out_is_there, where there is no such file. */
bool manifest_read(const char *path, struct manifest *out, bool *out_is_there,
                   struct error *error);

/* In one step. */
bool manifest_write(const char *path, const struct manifest *manifest,
                    gid_t group, struct error *error);

void manifest_clear(struct manifest *manifest);

/* The number of the older file with this name, or 0. */
size_t manifest_find(const struct manifest *manifest, const char *name);

/* What was the log itself has this name from now on. False: no memory. */
bool manifest_add_name(struct manifest *manifest, const char *name);

/* The next line of `tree` is one of this file. False: no memory. */
bool manifest_add_line(struct manifest *manifest, size_t file,
                       const struct tree *tree, bool *out_is_changed);

#endif
