/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OpenSSL for p11mux alone: one private library context with the default
 * provider, so that an OpenSSL whose engines or providers lead to p11mux
 * never leads back into it.
 */
#ifndef COMMON_CRYPTO_H
#define COMMON_CRYPTO_H

#include "common/error.h"

#include <openssl/types.h>
#include <stddef.h>

enum { SHA1_LENGTH = 20, SHA256_LENGTH = 32 };

/*
 * Opens the context; counted, so that each crypto_open has one crypto_close.
 * The last close must not race with a use of the context. Nothing is left on
 * the thread's OpenSSL error queue, and no configuration file is read.
 *
 * Whoever works in the context decodes its keys at C_Initialize: OpenSSL
 * reads the host's configuration when the first key of the process is made or
 * decoded, in any context, and its engines may call p11mux. Key generation by
 * name, and digests inside EVP, go to an engine that is the default for them
 * even from here; Ed25519 needs neither.
 */
bool crypto_open(struct error *error);
void crypto_close(void);

/* The private context while it is open, else NULL. */
OSSL_LIB_CTX *crypto_context(void);

/*
 * For a forked child, before it opens anything and while it has one thread:
 * leaves the parent's context alone, whose locks may be held by threads that
 * are no more.
 */
void crypto_forget(void);

/*
 * False only when OpenSSL fails. Needs no open context, allocates nothing,
 * and asks no engine, which EVP does (see crypto.c).
 */
bool crypto_sha256(const void *bytes, size_t length,
                   unsigned char out[SHA256_LENGTH]);

/* The same with SHA-1, for what PKCS#11 says is made with it. */
bool crypto_sha1(const void *bytes, size_t length,
                 unsigned char out[SHA1_LENGTH]);

/* SHA-256 over several pieces: pieces[i].bytes, pieces[i].length. */
struct crypto_piece {
    const void *bytes;
    size_t length;
};
bool crypto_sha256_pieces(const struct crypto_piece *pieces, size_t n_pieces,
                          unsigned char out[SHA256_LENGTH]);

/* HMAC-SHA-256 (RFC 2104) over several pieces, with a key of at most 64
 * bytes; the same as above holds for it. */
bool crypto_hmac(const unsigned char *key, size_t key_length,
                 const struct crypto_piece *pieces, size_t n_pieces,
                 unsigned char out[SHA256_LENGTH]);

/* Whether two are equal, in the same time wherever they differ. */
bool crypto_equals(const void *a, const void *b, size_t length);

/* Fills it from the kernel's source; false when that fails. */
bool crypto_random(unsigned char *out, size_t length);

/*
 * scrypt with N = 16384, r = 8, p = 1 (RFC 7914): 16 MiB and some 60 ms, so
 * that what it gives does not lead back to a short PIN. Needs the open
 * context; false when OpenSSL or memory fails.
 */
bool crypto_stretch(const void *secret, size_t length,
                    const unsigned char *salt, size_t salt_length,
                    unsigned char *out, size_t out_length);

#endif
