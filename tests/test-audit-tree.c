/* SPDX-License-Identifier: BSD-3-Clause */
/* Merkle trees (RFC 6962, section 2.1): known roots, and proofs at all sizes.
 */
#include "audit/tree.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

enum { N_KNOWN = 8, N_SIZES = 70 };

/* The leaves that implementations of Certificate Transparency are tried with,
 * and the roots of the trees with the first one, two and so on. */
static const struct known {
    const char *leaf; /* in hexadecimal */
    const char *root;
} known[N_KNOWN] = {
    { "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
    { "00",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
    { "10",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
    { "2021",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
    { "3031",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
    { "40414243",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
    { "5051525354555657",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
    { "606162636465666768696a6b6c6d6e6f",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void
expect_hash(const struct tree_hash *hash, const char *expected)
{
    char text[2 * SHA256_LENGTH + 1];

    for (size_t i = 0; i < SHA256_LENGTH; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
    cr_expect_str_eq(text, expected);
}

Test(audit_tree, has_the_known_roots)
{
    struct tree tree = { .size = 0 };
    struct tree_hash hash;

    cr_assert(tree_root(&tree, &hash));
    expect_hash(
        &hash,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < N_KNOWN; i++) {
        size_t length = strlen(known[i].leaf) / 2;
        unsigned char leaf[16];

        for (size_t j = 0; j < length; j++)
            cr_assert_eq(sscanf(known[i].leaf + 2 * j, "%2hhx", &leaf[j]), 1);
        cr_assert(tree_hash_leaf(leaf, length, &hash));
        cr_assert(tree_append(&tree, &hash, NULL));
        cr_assert(tree_root(&tree, &hash));
        expect_hash(&hash, known[i].root);
    }
}

static struct tree_hash
leaf_of(uint64_t index)
{
    struct tree_hash hash;

    cr_assert(tree_hash_leaf(&index, sizeof(index), &hash));
    return hash;
}

static struct tree_path
make_path(uint64_t index, uint64_t size, struct tree_hash *root)
{
    struct tree_path path = { .index = index };
    struct tree tree = { .size = 0 };

    for (uint64_t i = 0; i < size; i++) {
        struct tree_hash leaf = leaf_of(i);

        cr_assert(tree_append(&tree, &leaf, &path));
    }
    cr_assert(tree_path_finish(&tree, &path));
    cr_assert(tree_root(&tree, root));
    return path;
}

Test(audit_tree, proves_each_leaf_at_each_size)
{
    for (uint64_t size = 1; size <= N_SIZES; size++)
        for (uint64_t index = 0; index < size; index++) {
            struct tree_hash root, leaf = leaf_of(index);
            struct tree_path path = make_path(index, size, &root);

            cr_assert(tree_path_proves(&path, size, &leaf, &root),
                      "leaf %d of %d", (int)index, (int)size);
        }
}

Test(audit_tree, proves_nothing_that_is_not_so)
{
    for (uint64_t size = 2; size <= N_SIZES; size++) {
        uint64_t index = size * 5 / 7;
        struct tree_hash root, leaf = leaf_of(index), other = leaf_of(size);
        struct tree_path path = make_path(index, size, &root);
        struct tree_path wrong = path;

        cr_expect(!tree_path_proves(&path, size, &other, &root));
        cr_expect(!tree_path_proves(&path, size, &leaf, &other));
        wrong.index ^= 1;
        cr_expect(!tree_path_proves(&wrong, size, &leaf, &root));
        wrong = path;
        wrong.length--;
        cr_expect(!tree_path_proves(&wrong, size, &leaf, &root));
        wrong = path;
        wrong.hashes[wrong.length++] = other;
        cr_expect(!tree_path_proves(&wrong, size, &leaf, &root));
        wrong = path;
        wrong.hashes[0].bytes[31] ^= 1;
        cr_expect(!tree_path_proves(&wrong, size, &leaf, &root));
        wrong.index = size;
        cr_expect(!tree_path_proves(&wrong, size, &leaf, &root));
        cr_expect(!tree_path_proves(&path, 0, &leaf, &root));
    }
}
