/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a private key from a file. */
#include "cli/key-bundle-private.h"
#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1024 * 1024 };

/* What tokens have keys of. */
static const char *const types[] = { "RSA", "EC", "ED25519" };

/* -- What comes of it ------------------------------------------------------
 */

bool
key_reading_fail(struct key_reading *reading, const char *what)
{
    return error_set(reading->error, CKR_DATA_INVALID, "%s: %s", reading->path,
                     what);
}

bool
key_reading_fail_damaged(struct key_reading *reading)
{
    return key_reading_fail(reading,
                            "the key in it is damaged; get the file again");
}

static bool
is_known(const EVP_PKEY *key)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (EVP_PKEY_is_a(key, types[i]))
            return true;
    return false;
}

/* Both halves of it, and that they belong together. */
static bool
is_whole(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL);
    bool is_right = context != NULL && EVP_PKEY_pairwise_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return is_right;
}

bool
key_reading_add(struct key_reading *reading, EVP_PKEY *key)
{
    if (reading->out->key != NULL) {
        EVP_PKEY_free(key);
        return key_reading_fail(reading, "it has several private keys; put "
                                         "each into a file of its own");
    }
    reading->out->key = key;
    if (!is_known(key))
        return error_set(reading->error, CKR_KEY_TYPE_INCONSISTENT,
                         "%s: its key is of the type %s; RSA, EC and Ed25519 "
                         "keys can be imported",
                         reading->path, EVP_PKEY_get0_type_name(key));
    return is_whole(key) || key_reading_fail_damaged(reading);
}

bool
key_reading_add_encrypted(struct key_reading *reading,
                          const X509_SIG *encrypted)
{
    struct passphrase *passphrase = &reading->passphrase;
    PKCS8_PRIV_KEY_INFO *info;
    EVP_PKEY *key;

    if (!passphrase_need(passphrase, reading->error))
        return false;
    info = PKCS8_decrypt_ex(encrypted, (const char *)passphrase->secret.bytes,
                            (int)passphrase->secret.length, crypto_context(),
                            NULL);
    if (info == NULL)
        return passphrase_refuse(passphrase, reading->error);
    key = EVP_PKCS82PKEY_ex(info, crypto_context(), NULL);
    PKCS8_PRIV_KEY_INFO_free(info);
    return key != NULL ? key_reading_add(reading, key)
                       : key_reading_fail_damaged(reading);
}

/* -- DER -------------------------------------------------------------------
 */

static bool
read_plain(struct key_reading *reading, bool *is_right)
{
    const unsigned char *at = reading->content.bytes;
    EVP_PKEY *key =
        d2i_AutoPrivateKey_ex(NULL, &at, (long)reading->content.length,
                              crypto_context(), NULL);

    if (key == NULL)
        return false;
    *is_right = key_reading_add(reading, key);
    return true;
}

static bool
read_encrypted(struct key_reading *reading, bool *is_right)
{
    const unsigned char *at = reading->content.bytes;
    X509_SIG *encrypted =
        d2i_X509_SIG(NULL, &at, (long)reading->content.length);

    if (encrypted == NULL)
        return false;
    *is_right = key_reading_add_encrypted(reading, encrypted);
    X509_SIG_free(encrypted);
    return true;
}

static bool
read_pkcs12(struct key_reading *reading, bool *is_right)
{
    const unsigned char *at = reading->content.bytes;
    PKCS12 *store = d2i_PKCS12(NULL, &at, (long)reading->content.length);

    if (store == NULL)
        return false;
    *is_right = key_reading_pkcs12(reading, store);
    PKCS12_free(store);
    return true;
}

/* Each is false where it is another form. */
bool
key_reading_der(struct key_reading *reading)
{
    bool is_right = false;

    if (read_pkcs12(reading, &is_right) || read_encrypted(reading, &is_right) ||
        read_plain(reading, &is_right))
        return is_right;
    return key_reading_fail(reading, "it is no key, or a damaged one; PEM, "
                                     "PKCS #8 and PKCS #12 are understood");
}

/* -- The file ----------------------------------------------------------------
 */

static bool
read_content(int descriptor, unsigned char *room, size_t length)
{
    while (length > 0) {
        ssize_t got = read(descriptor, room, length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        room += got;
        length -= (size_t)got;
    }
    return true;
}

/* Straight into pages of their own; *out_room has to be freed. */
static bool
open_content(struct key_reading *reading, void **out_room)
{
    CLEANUP(closep) int descriptor = open(reading->path, O_RDONLY | O_CLOEXEC);
    struct stat its;

    *out_room = NULL;
    if (descriptor < 0 || fstat(descriptor, &its) != 0)
        return error_set(reading->error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read: %s; name a file with a key",
                         reading->path, error_reason(errno));
    if (!S_ISREG(its.st_mode) || its.st_size == 0 || its.st_size > MOST_BYTES)
        return key_reading_fail(reading, "it is empty, too long, or no file; "
                                         "name a file with a key");
    reading->content.length = (size_t)its.st_size;
    reading->content.bytes = *out_room = pages_new(reading->content.length);
    memory_need(*out_room);
    return read_content(descriptor, *out_room, reading->content.length) ||
           key_reading_fail(reading, "it has become shorter; try again");
}

/* What was made ten years ago is encrypted in ways that only this provider
 * still knows. NULL: it is not installed, and such a file does not open. */
static OSSL_PROVIDER *
load_legacy(void)
{
    return OSSL_PROVIDER_load(crypto_context(), "legacy");
}

static bool
read_any(struct key_reading *reading)
{
    bool is_der = der_tag(reading->content) == DER_SEQUENCE;

    if (!(is_der ? key_reading_der(reading) : key_reading_pem(reading)))
        return false;
    return reading->out->key != NULL ||
           key_reading_fail(reading, "there is no private key in it; name the "
                                     "file that has it with --key");
}

bool
key_bundle_read(const char *path, const struct config_pin *source,
                struct key_bundle *out, struct error *error)
{
    struct key_reading reading = {
        .path = path,
        .passphrase = { .source = source, .path = path },
        .out = out,
        .error = error,
    };
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(crypto_context());
    OSSL_PROVIDER *legacy = load_legacy();
    void *room;
    bool is_read;

    *out = (struct key_bundle){ .key = NULL };
    is_read = open_content(&reading, &room) && read_any(&reading);
    passphrase_clear(&reading.passphrase);
    pages_free(room, reading.content.length);
    if (legacy != NULL)
        (void)OSSL_PROVIDER_unload(legacy);
    (void)OSSL_LIB_CTX_set0_default(before);
    ERR_clear_error();
    return is_read;
}

void
key_bundle_clear(struct key_bundle *file)
{
    EVP_PKEY_free(file->key);
    free(file->name);
    certificate_file_clear(&file->certificates);
    *file = (struct key_bundle){ .key = NULL };
}
