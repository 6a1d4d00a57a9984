/* SPDX-License-Identifier: BSD-3-Clause */
/* Appends leaves to a Merkle tree, and proves that they are in it. */
#include "audit/tree.h"

#include <string.h>

/* What stands before a leaf and before two nodes (RFC 6962, section 2.1). */
static const unsigned char leaf_prefix = 0;
static const unsigned char node_prefix = 1;

bool
tree_hash_leaf(const void *bytes, size_t length, struct tree_hash *out)
{
    const struct crypto_piece pieces[] = { { &leaf_prefix, 1 },
                                           { bytes, length } };

    return crypto_sha256_pieces(pieces, 2, out->bytes);
}

/* `out` may be one of the two. */
static bool
hash_node(const struct tree_hash *left, const struct tree_hash *right,
          struct tree_hash *out)
{
    unsigned char bytes[1 + 2 * SHA256_LENGTH];

    bytes[0] = node_prefix;
    memcpy(bytes + 1, left->bytes, SHA256_LENGTH);
    memcpy(bytes + 1 + SHA256_LENGTH, right->bytes, SHA256_LENGTH);
    return crypto_sha256(bytes, sizeof(bytes), out->bytes);
}

bool
tree_append(struct tree *tree, const struct tree_hash *leaf,
            struct tree_path *path)
{
    struct tree_hash hash = *leaf;
    unsigned level = 0;

    for (;; level++) {
        /* A whole subtree, the (size >> level)th of its height. */
        if (path != NULL &&
            ((path->index >> level) ^ 1) == (tree->size >> level))
            path->hashes[level] = hash;
        if ((tree->size >> level & 1) == 0)
            break;
        if (!hash_node(&tree->peaks[level], &hash, &hash))
            return false;
    }
    tree->peaks[level] = hash;
    tree->size++;
    return true;
}

void
tree_path_begin(const struct tree *tree, struct tree_path *path)
{
    for (unsigned level = 0; level < TREE_MAX_HEIGHT; level++)
        if ((tree->size >> level & 1) != 0 &&
            ((path->index >> level) ^ 1) == (tree->size >> level) - 1)
            path->hashes[level] = tree->peaks[level];
}

/* The hash over the whole subtrees below `height`, of which there is one. */
static bool
fold(const struct tree *tree, unsigned height, struct tree_hash *out)
{
    bool is_begun = false;

    for (unsigned level = 0; level < height; level++) {
        if ((tree->size >> level & 1) == 0)
            continue;
        if (!is_begun)
            *out = tree->peaks[level];
        else if (!hash_node(&tree->peaks[level], out, out))
            return false;
        is_begun = true;
    }
    return true;
}

bool
tree_root(const struct tree *tree, struct tree_hash *out)
{
    if (tree->size == 0)
        return crypto_sha256("", 0, out->bytes);
    return fold(tree, TREE_MAX_HEIGHT, out);
}

bool
tree_path_finish(const struct tree *tree, struct tree_path *path)
{
    unsigned level = TREE_MAX_HEIGHT - 1;
    uint64_t before = 0;

    /* The subtree with the leaf in it; within it every sibling was seen. */
    for (;; level--) {
        uint64_t width = (uint64_t)1 << level;

        if ((tree->size & width) == 0)
            continue;
        if (path->index - before < width)
            break;
        before += width;
    }
    path->length = level;
    if ((tree->size & (((uint64_t)1 << level) - 1)) != 0 &&
        !fold(tree, level, &path->hashes[path->length++]))
        return false;
    while (++level < TREE_MAX_HEIGHT)
        if ((tree->size >> level & 1) != 0)
            path->hashes[path->length++] = tree->peaks[level];
    return true;
}

bool
tree_path_proves(const struct tree_path *path, uint64_t size,
                 const struct tree_hash *leaf, const struct tree_hash *root)
{
    struct tree_hash hash = *leaf;
    uint64_t index = path->index;
    uint64_t last = size - 1;

    if (index >= size)
        return false;
    for (unsigned i = 0; i < path->length; i++) {
        if (last == 0)
            return false;
        if ((index & 1) != 0 || index == last) {
            if (!hash_node(&path->hashes[i], &hash, &hash))
                return false;
            /* At the right edge a node may have no sibling for a while. */
            while ((index & 1) == 0 && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        } else if (!hash_node(&hash, &path->hashes[i], &hash)) {
            return false;
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0 && tree_hash_equals(&hash, root);
}

bool
tree_hash_equals(const struct tree_hash *a, const struct tree_hash *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_LENGTH) == 0;
}
