/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs and keys in memory: pages of their own, wiped when done. */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_MAX_LENGTH = 1024 };

/*
 * One secret. Its bytes lie in pages that are guarded, locked where the
 * limit allows, kept out of core dumps and wiped in a forked child.
 * Zero-initialised is "none". Once set, whatever its length, there is room for
 * SECRET_MAX_LENGTH bytes and one more, to read a secret to its place.
 */
struct secret {
    unsigned char *bytes;
    size_t length;
};

/* Copies `length` bytes in; false when too long or out of memory. */
bool secret_set(struct secret *secret, const void *bytes, size_t length);

/*
 * Whether the bytes are still there. A page wiped by fork is not: that is
 * told from an empty PIN by a word beside the bytes.
 */
bool secret_is_present(const struct secret *secret);

/* Constant time in the bytes; lengths are compared openly. */
bool secret_equals(const struct secret *secret, const void *bytes,
                   size_t length);

/* Wipes and gives the page back; the secret is "none" again. */
void secret_wipe(struct secret *secret);

#endif
