/* SPDX-License-Identifier: BSD-3-Clause */
/* The private OpenSSL context in a process whose OpenSSL leads to engines. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/crypto.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <openssl/decoder.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* There when the test runs under AddressSanitizer. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static const unsigned char hash_of_abc[SHA256_LENGTH] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
};

static bool
hashes_abc(void)
{
    unsigned char out[SHA256_LENGTH] = { 0 };

    return crypto_sha256("abc", 3, out) &&
           memcmp(out, hash_of_abc, SHA256_LENGTH) == 0;
}

/* An engine that digests, as some PKCS#11 engines do. */
static int n_asked;

static int
answer_digests(ENGINE *engine, const EVP_MD **out, const int **out_types,
               int type)
{
    static const int types[] = { NID_sha256 };

    (void)engine;
    (void)type;
    n_asked++;
    if (out == NULL) {
        *out_types = types;
        return 1;
    }
    *out = EVP_md_null();
    return 1;
}

Test(crypto_engine, hashes_without_the_engine_that_is_default_for_digests)
{
    struct error error = { 0 };
    ENGINE *engine = ENGINE_new();
    unsigned char out[EVP_MAX_MD_SIZE];
    EVP_MD *digest;

    cr_assert(ENGINE_set_id(engine, "digests") &&
              ENGINE_set_name(engine, "digests") &&
              ENGINE_set_digests(engine, answer_digests) &&
              ENGINE_set_default(engine, ENGINE_METHOD_ALL));
    cr_assert(crypto_open(&error), "%s", error.text);
    n_asked = 0;
    cr_expect(hashes_abc());
    cr_expect_eq(n_asked, 0);
    /* While EVP does ask it, also from our context: why we do not use it. */
    digest = EVP_MD_fetch(crypto_context(), "SHA2-256", NULL);
    EVP_Digest("abc", 3, out, NULL, digest, NULL);
    cr_expect_gt(n_asked, 0);
    EVP_MD_free(digest);
    crypto_close();
    ENGINE_unregister_digests(engine);
    ENGINE_free(engine);
}

/* Whether a library is loaded in this process. */
static bool
is_mapped(const char *name)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[4096];
    bool found = false;

    cr_assert_not_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        found = found || strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

/* An openssl.cnf that makes the PKCS#11 engine, over SoftHSM, the default. */
static void
use_pkcs11_engine(void)
{
    const char *engine =
        fixture_text("%s/pkcs11.so", OPENSSL_info(OPENSSL_INFO_ENGINES_DIR));

    if (access(engine, R_OK) != 0 || access(FIXTURE_SOFTHSM, R_OK) != 0)
        cr_skip_test("needs libengine-pkcs11-openssl and softhsm2");
    fixture_make_folder("tokens");
    fixture_write("softhsm2.conf", 0600, "directories.tokendir = %s\n",
                  fixture_path("tokens"));
    fixture_setenv("SOFTHSM2_CONF", "%s", fixture_path("softhsm2.conf"));
    fixture_write("openssl.cnf", 0600,
                  "openssl_conf = top\n"
                  "[top]\nengines = engines\n"
                  "[engines]\npkcs11 = pkcs11\n"
                  "[pkcs11]\nengine_id = pkcs11\n"
                  "dynamic_path = %s\nMODULE_PATH = %s\n"
                  "default_algorithms = ALL\ninit = 1\n",
                  engine, FIXTURE_SOFTHSM);
    fixture_setenv("OPENSSL_CONF", "%s", fixture_path("openssl.cnf"));
}

/* The host's two calls in which the engine leaks a little. */
static void
host_starts(void)
{
    if (__lsan_disable != NULL)
        __lsan_disable();
    cr_assert(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL));
    if (__lsan_enable != NULL)
        __lsan_enable();
}

static void
host_ends(void)
{
    if (__lsan_disable != NULL)
        __lsan_disable();
    OPENSSL_cleanup();
    if (__lsan_enable != NULL)
        __lsan_enable();
}

/* The private key of RFC 8410, section 10.3. */
static const unsigned char ed25519_key[] = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
    0x04, 0x22, 0x04, 0x20, 0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a,
    0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8, 0xad, 0x3a, 0xfe, 0x7c, 0x28,
    0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42,
};

/* Decodes a key in our context and signs with it, all by the default
 * provider of that context. */
static void
expect_decoded_key_to_sign(void)
{
    OSSL_LIB_CTX *context = crypto_context();
    const unsigned char *bytes = ed25519_key;
    size_t length = sizeof(ed25519_key);
    unsigned char signature[64];
    size_t signature_length = sizeof(signature);
    EVP_MD_CTX *operation = EVP_MD_CTX_new();
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&key, "DER", NULL, "ED25519",
                                      EVP_PKEY_KEYPAIR, context, NULL);

    cr_assert(OSSL_DECODER_from_data(decoder, &bytes, &length));
    OSSL_DECODER_CTX_free(decoder);
    cr_expect_str_eq(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)),
                     "default");
    cr_expect_null(EVP_PKEY_get0_engine(key));
    cr_assert(
        EVP_DigestSignInit_ex(operation, NULL, NULL, context, NULL, key, NULL));
    cr_assert(EVP_DigestSign(operation, signature, &signature_length,
                             (const unsigned char *)"abc", 3));
    EVP_MD_CTX_reset(operation);
    cr_assert(EVP_DigestVerifyInit_ex(operation, NULL, NULL, context, NULL, key,
                                      NULL));
    cr_expect_eq(EVP_DigestVerify(operation, signature, signature_length,
                                  (const unsigned char *)"abc", 3),
                 1);
    EVP_MD_CTX_free(operation);
    EVP_PKEY_free(key);
}

Test(crypto_engine, does_not_read_the_hosts_configuration)
{
    struct error error = { 0 };

    use_pkcs11_engine();
    cr_assert(crypto_open(&error), "%s", error.text);
    cr_expect(hashes_abc());
    crypto_close();
    cr_expect(!is_mapped("/pkcs11.so"));
    cr_expect(!is_mapped("libsofthsm2.so"));
}

Test(crypto_engine, works_beside_a_pkcs11_engine_as_default_for_everything)
{
    struct error error = { 0 };
    OSSL_PROVIDER *loaded;

    use_pkcs11_engine();
    host_starts();
    loaded = OSSL_PROVIDER_load(NULL, "default");
    cr_assert(is_mapped("/pkcs11.so"), "the host's engine is not");
    cr_assert(crypto_open(&error), "%s", error.text);
    cr_expect(hashes_abc());
    expect_decoded_key_to_sign();
    cr_expect_eq(ERR_peek_error(), 0);
    crypto_close();
    OSSL_PROVIDER_unload(loaded);
    host_ends();
}
