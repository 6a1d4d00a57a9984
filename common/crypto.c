/* SPDX-License-Identifier: BSD-3-Clause */
/* The private OpenSSL context, and digests that no engine can take over. */

/*
 * SHA256_Init and its like are marked as deprecated in favour of EVP. But
 * EVP_DigestInit asks the engine that is the process's default for digests,
 * even with a digest fetched from a private context: an engine that digests
 * on a PKCS#11 token would lead back into p11mux. These ask nobody, and they
 * allocate nothing.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/crypto.h"

#include "common/lock.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

static struct mutex opening = MUTEX_INIT(LOCK_CRYPTO);
static unsigned n_opened;
static OSSL_PROVIDER *provider;
static _Atomic(OSSL_LIB_CTX *) context;

/* A parent's, kept in sight so that leak checkers see that it is no leak. */
static OSSL_LIB_CTX *volatile forgotten_context;
static OSSL_PROVIDER *volatile forgotten_provider;

/* The library's words for its last failure, to go into a message. */
static const char *
last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason != NULL ? reason : "no reason given";
}

static bool open_locked(struct error *error) REQUIRES(opening);
static void close_locked(void) REQUIRES(opening);

static bool
open_locked(struct error *error)
{
    OSSL_LIB_CTX *fresh;

    if (n_opened > 0) {
        n_opened++;
        return true;
    }
    /* After OPENSSL_cleanup, a provider's load would crash. */
    if (OPENSSL_init_crypto(0, NULL) != 1)
        return error_set(error, CKR_GENERAL_ERROR,
                         "OpenSSL was shut down in this process; C_Initialize "
                         "must come before OPENSSL_cleanup and exit");
    /* Reads no configuration file: only OSSL_LIB_CTX_load_config does. */
    fresh = OSSL_LIB_CTX_new();
    if (fresh == NULL)
        return error_set(error, CKR_HOST_MEMORY,
                         "OpenSSL: no library context: %s; is there memory?",
                         last_reason());
    provider = OSSL_PROVIDER_load(fresh, "default");
    if (provider == NULL) {
        error_set(error, CKR_GENERAL_ERROR,
                  "OpenSSL: the default provider cannot be loaded: %s; install "
                  "the complete OpenSSL 3",
                  last_reason());
        OSSL_LIB_CTX_free(fresh);
        return false;
    }
    n_opened = 1;
    atomic_store_explicit(&context, fresh, memory_order_release);
    return true;
}

bool
crypto_open(struct error *error)
{
    bool is_open;

    mutex_lock(&opening);
    ERR_set_mark();
    is_open = open_locked(error);
    ERR_pop_to_mark();
    mutex_unlock(&opening);
    return is_open;
}

static void
close_locked(void)
{
    OSSL_LIB_CTX *old;

    if (n_opened == 0 || --n_opened > 0)
        return;
    old = atomic_exchange(&context, NULL);
    OSSL_PROVIDER_unload(provider);
    provider = NULL;
    OSSL_LIB_CTX_free(old);
}

void
crypto_close(void)
{
    mutex_lock(&opening);
    ERR_set_mark();
    close_locked();
    ERR_pop_to_mark();
    mutex_unlock(&opening);
}

OSSL_LIB_CTX *
crypto_context(void)
{
    return atomic_load_explicit(&context, memory_order_acquire);
}

void
crypto_forget(void)
{
    mutex_init(&opening, LOCK_CRYPTO);
    n_opened = 0;
    forgotten_provider = provider;
    provider = NULL;
    forgotten_context = atomic_exchange(&context, NULL);
}

/* `first` goes before the pieces. */
static bool
hash_all(struct crypto_piece first, const struct crypto_piece *pieces,
         size_t n_pieces, unsigned char out[SHA256_LENGTH])
{
    SHA256_CTX hash;
    bool is_done = SHA256_Init(&hash) == 1;

    if (is_done && first.length > 0)
        is_done = SHA256_Update(&hash, first.bytes, first.length) == 1;
    for (size_t i = 0; is_done && i < n_pieces; i++)
        if (pieces[i].length > 0)
            is_done =
                SHA256_Update(&hash, pieces[i].bytes, pieces[i].length) == 1;
    is_done = is_done && SHA256_Final(out, &hash) == 1;
    OPENSSL_cleanse(&hash, sizeof(hash));
    return is_done;
}

bool
crypto_sha256_pieces(const struct crypto_piece *pieces, size_t n_pieces,
                     unsigned char out[SHA256_LENGTH])
{
    return hash_all((struct crypto_piece){ .length = 0 }, pieces, n_pieces,
                    out);
}

bool
crypto_sha256(const void *bytes, size_t length,
              unsigned char out[SHA256_LENGTH])
{
    return hash_all((struct crypto_piece){ bytes, length }, NULL, 0, out);
}

bool
crypto_sha1(const void *bytes, size_t length, unsigned char out[SHA1_LENGTH])
{
    SHA_CTX hash;

    return SHA1_Init(&hash) == 1 &&
           (length == 0 || SHA1_Update(&hash, bytes, length) == 1) &&
           SHA1_Final(out, &hash) == 1;
}

bool
crypto_hmac(const unsigned char *key, size_t key_length,
            const struct crypto_piece *pieces, size_t n_pieces,
            unsigned char out[SHA256_LENGTH])
{
    const unsigned char inner_pad = 0x36, outer_pad = 0x5c;
    unsigned char block[SHA256_CBLOCK] = { 0 };
    unsigned char inner[SHA256_LENGTH];
    struct crypto_piece padded = { block, sizeof(block) };
    struct crypto_piece hashed = { inner, sizeof(inner) };
    bool is_done = key_length <= sizeof(block);

    if (is_done && key_length > 0)
        memcpy(block, key, key_length);
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] ^= inner_pad;
    is_done = is_done && hash_all(padded, pieces, n_pieces, inner);
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] ^= inner_pad ^ outer_pad;
    is_done = is_done && hash_all(padded, &hashed, 1, out);
    OPENSSL_cleanse(block, sizeof(block));
    OPENSSL_cleanse(inner, sizeof(inner));
    return is_done;
}

bool
crypto_equals(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

bool
crypto_random(unsigned char *out, size_t length)
{
    while (length > 0) {
        ssize_t given = getrandom(out, length, 0);

        if (given < 0 && errno != EINTR)
            return false;
        if (given > 0) {
            out += given;
            length -= (size_t)given;
        }
    }
    return true;
}

bool
crypto_stretch(const void *secret, size_t length, const unsigned char *salt,
               size_t salt_length, unsigned char *out, size_t out_length)
{
    const uint64_t n = 16384, r = 8, p = 1, most_memory = 64 * 1024 * 1024;
    OSSL_LIB_CTX *its = crypto_context();
    bool is_made;

    if (its == NULL)
        return false;
    ERR_set_mark();
    is_made = EVP_PBE_scrypt_ex(secret == NULL ? "" : secret, length, salt,
                                salt_length, n, r, p, most_memory, out,
                                out_length, its, NULL) == 1;
    ERR_pop_to_mark();
    return is_made;
}
