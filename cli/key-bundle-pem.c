/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a private key and certificates from PEM. */
#include "cli/key-bundle-private.h"
#include "cli/memory.h"
#include "common/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* What stands between two lines of it. */
struct block {
    char *name;
    char *header;
    unsigned char *bytes;
    long length;
};

static int
give_passphrase(char *room, int size, int is_for_writing, void *context)
{
    struct key_reading *reading = context;
    const struct secret *secret = &reading->passphrase.secret;

    (void)is_for_writing;
    if (!passphrase_need(&reading->passphrase, reading->error) || size < 0 ||
        secret->length > (size_t)size)
        return -1;
    memcpy(room, secret->bytes, secret->length);
    return (int)secret->length;
}

/* RFC 1421's encryption, which is told by a header. A wrong passphrase may give
 * something of the right length. */
static bool
add_traditional(struct key_reading *reading, struct block *block)
{
    EVP_CIPHER_INFO cipher;
    const unsigned char *at;
    EVP_PKEY *key = NULL;

    if (PEM_get_EVP_CIPHER_INFO(block->header, &cipher) != 1)
        return key_reading_fail(reading, "its key is encrypted in a way that "
                                         "OpenSSL does not know; have it as "
                                         "PKCS #8");
    if (PEM_do_header(&cipher, block->bytes, &block->length, give_passphrase,
                      reading) == 1) {
        at = block->bytes;
        key = d2i_AutoPrivateKey_ex(NULL, &at, block->length, crypto_context(),
                                    NULL);
    } else if (!reading->passphrase.is_read) {
        return false;
    }
    if (key != NULL)
        return key_reading_add(reading, key);
    return cipher.cipher != NULL
               ? passphrase_refuse(&reading->passphrase, reading->error)
               : key_reading_fail_damaged(reading);
}

static bool
add_encrypted(struct key_reading *reading, struct block *block)
{
    const unsigned char *at = block->bytes;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, block->length);
    bool is_right = encrypted != NULL
                        ? key_reading_add_encrypted(reading, encrypted)
                        : key_reading_fail_damaged(reading);

    X509_SIG_free(encrypted);
    return is_right;
}

static bool
refuse_openssh(struct key_reading *reading, struct block *block)
{
    (void)block;
    return error_set(reading->error, CKR_DATA_INVALID,
                     "%s: its key has the form of OpenSSH; \"ssh-keygen -p -m "
                     "PKCS8 -f FILE\" gives a copy of it the one that is "
                     "understood here",
                     reading->path);
}

static bool
add_certificate(struct key_reading *reading, struct block *block)
{
    struct octets bytes = { block->bytes, (size_t)block->length };

    return certificate_file_add(bytes, &reading->out->certificates) ||
           key_reading_fail(reading, "a certificate in it is damaged; get the "
                                     "file again");
}

/* What else there is, is passed over: parameters, public keys. */
static const struct form {
    const char *name;
    bool (*add)(struct key_reading *reading, struct block *block);
} forms[] = {
    { PEM_STRING_PKCS8INF, add_traditional },
    { PEM_STRING_PKCS8, add_encrypted },
    { PEM_STRING_RSA, add_traditional },
    { PEM_STRING_ECPRIVATEKEY, add_traditional },
    { PEM_STRING_DSA, add_traditional },
    { "OPENSSH PRIVATE KEY", refuse_openssh },
    { PEM_STRING_X509, add_certificate },
    { PEM_STRING_X509_OLD, add_certificate },
    { PEM_STRING_X509_TRUSTED, add_certificate },
};

static bool
add(struct key_reading *reading, struct block *block)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(forms[i].name, block->name) == 0)
            return forms[i].add(reading, block);
    return true;
}

static void
clear_block(struct block *block)
{
    OPENSSL_secure_free(block->name);
    OPENSSL_secure_free(block->header);
    OPENSSL_secure_clear_free(block->bytes, (size_t)block->length);
}

/* The next block; false: there is none. */
static bool
read_block(BIO *input, struct block *out)
{
    *out = (struct block){ .name = NULL };
    return PEM_read_bio_ex(input, &out->name, &out->header, &out->bytes,
                           &out->length, PEM_FLAG_SECURE) == 1;
}

bool
key_reading_pem(struct key_reading *reading)
{
    BIO *input =
        BIO_new_mem_buf(reading->content.bytes, (int)reading->content.length);
    struct block block;
    bool is_right = true;

    memory_need(input);
    ERR_clear_error();
    while (is_right && read_block(input, &block)) {
        is_right = add(reading, &block);
        clear_block(&block);
    }
    /* Its end is where no other block begins. */
    if (is_right &&
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        is_right = key_reading_fail(reading, "a block in it has no end, or is "
                                             "no PEM; get the file again");
    BIO_free(input);
    return is_right;
}
