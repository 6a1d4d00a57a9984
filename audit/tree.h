/* SPDX-License-Identifier: BSD-3-Clause */
/* A Merkle tree over the lines of a log (RFC 6962, section 2), of which only
 * what later lines need is kept: one hash for each bit of its size. */
#ifndef AUDIT_TREE_H
#define AUDIT_TREE_H

#include "common/crypto.h"

#include <stdbool.h>
#include <stdint.h>

enum { TREE_MAX_HEIGHT = 64 };

struct tree_hash {
    unsigned char bytes[SHA256_LENGTH];
};

/* Zero-initialised is the empty tree. */
struct tree {
    uint64_t size;
    /* Of the whole subtree of 2^i leaves, where bit i of the size is set; they
     * stand from the left by falling i. */
    struct tree_hash peaks[TREE_MAX_HEIGHT];
};

/*
 * The proof that one leaf is in the tree, from its sibling up to the child of
 * the root. Set `index` before the first leaf is appended, or begin it before
 * the next one is, and hand it to every append.
 */
struct tree_path {
    uint64_t index;
    unsigned length;
    struct tree_hash hashes[TREE_MAX_HEIGHT];
};

/* Begins a path where the tree is not empty any more: its leaf comes later. */
void tree_path_begin(const struct tree *tree, struct tree_path *path);

/* They are false only when OpenSSL fails. */
bool tree_hash_leaf(const void *bytes, size_t length, struct tree_hash *out);
bool tree_append(struct tree *tree, const struct tree_hash *leaf,
                 struct tree_path *path);
bool tree_root(const struct tree *tree, struct tree_hash *out);

/* Completes the path of a leaf that was appended. */
bool tree_path_finish(const struct tree *tree, struct tree_path *path);

/* Whether the path leads from the leaf to the root of a tree of that size. */
bool tree_path_proves(const struct tree_path *path, uint64_t size,
                      const struct tree_hash *leaf,
                      const struct tree_hash *root);

bool tree_hash_equals(const struct tree_hash *a, const struct tree_hash *b);

#endif
