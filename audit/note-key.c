/* SPDX-License-Identifier: BSD-3-Clause */
/* Ed25519 in the private OpenSSL context, and the texts of its keys. */
#include "audit/note-key.h"

#include "audit/base64.h"
#include "audit/note-text.h"
#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/secret.h"

#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum {
    RAW_LENGTH = 32,
    TYPED_LENGTH = RAW_LENGTH + 1,
    ED25519_TYPE = 1,
    PREFIX_LENGTH = 16
};

struct note_key {
    char name[NOTE_NAME_LENGTH + 1];
    unsigned char id[NOTE_KEY_ID_LENGTH];
    unsigned char typed[TYPED_LENGTH]; /* the type, then the public half */
    struct secret seed;                /* of a private key */
    EVP_PKEY *pkey;                    /* the public half alone */
};

static const char secret_mark[] = "PRIVATE+KEY+";

/* DER around the 32 bytes (RFC 8410): decoded keys are the provider's, however
 * the host has set up its engines. */
static const struct wrapping {
    int selection;
    size_t length;
    unsigned char prefix[PREFIX_LENGTH];
} of_secret = { EVP_PKEY_KEYPAIR,
                16,
                { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b,
                  0x65, 0x70, 0x04, 0x22, 0x04, 0x20 } },
  of_public = { EVP_PKEY_PUBLIC_KEY,
                12,
                { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
                  0x21, 0x00 } };

static EVP_PKEY *
decode(const struct wrapping *wrapping, const unsigned char raw[RAW_LENGTH])
{
    unsigned char der[PREFIX_LENGTH + RAW_LENGTH];
    const unsigned char *next = der;
    size_t length = wrapping->length + RAW_LENGTH;
    EVP_PKEY *pkey = NULL;
    OSSL_DECODER_CTX *decoder;

    memcpy(der, wrapping->prefix, wrapping->length);
    memcpy(der + wrapping->length, raw, RAW_LENGTH);
    decoder = OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", NULL, "ED25519",
                                            wrapping->selection,
                                            crypto_context(), NULL);
    if (decoder != NULL)
        (void)OSSL_DECODER_from_data(decoder, &next, &length);
    OSSL_DECODER_CTX_free(decoder);
    explicit_bzero(der, sizeof(der));
    return pkey;
}

bool
note_name_is_right(const char *name, size_t length)
{
    return length > 0 && length <= NOTE_NAME_LENGTH &&
           memchr(name, '+', length) == NULL && note_text_is_word(name, length);
}

static bool
compute_id(struct note_key *key)
{
    const struct crypto_piece pieces[] = { { key->name, strlen(key->name) },
                                           { "\n", 1 },
                                           { key->typed, TYPED_LENGTH } };
    unsigned char hash[SHA256_LENGTH];

    if (!crypto_sha256_pieces(pieces, 3, hash))
        return false;
    memcpy(key->id, hash, NOTE_KEY_ID_LENGTH);
    return true;
}

/* With the name alone; NULL: no memory. */
static struct note_key *
key_new(const char *name, size_t length)
{
    struct note_key *key = calloc(1, sizeof(*key));

    if (key != NULL)
        memcpy(key->name, name, length);
    return key;
}

static bool
get_public(EVP_PKEY *pkey, unsigned char out[RAW_LENGTH])
{
    size_t length = RAW_LENGTH;

    return pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, out, &length) == 1;
}

/* `raw` is the seed or the public half. Between two signatures the seed is in
 * its secret's pages alone. */
static bool
key_fill(struct note_key *key, const unsigned char raw[RAW_LENGTH],
         bool is_secret)
{
    EVP_PKEY *pkey = decode(is_secret ? &of_secret : &of_public, raw);
    bool is_filled = get_public(pkey, key->typed + 1) &&
                     (!is_secret || secret_set(&key->seed, raw, RAW_LENGTH));

    EVP_PKEY_free(pkey);
    if (!is_filled)
        return false;
    key->typed[0] = ED25519_TYPE;
    key->pkey = decode(&of_public, key->typed + 1);
    return key->pkey != NULL && compute_id(key);
}

bool
note_key_make(const char *name, struct note_key **out, struct error *error)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    unsigned char seed[RAW_LENGTH];
    bool is_made;

    if (!note_name_is_right(name, strlen(name)))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "the name of a key has 1 to %d bytes of UTF-8, no "
                         "blank and no plus sign; take one like "
                         "host.example/audit",
                         NOTE_NAME_LENGTH);
    key = key_new(name, strlen(name));
    is_made = key != NULL && crypto_random(seed, sizeof(seed)) &&
              key_fill(key, seed, true);
    explicit_bzero(seed, sizeof(seed));
    if (!is_made)
        return error_set(error, CKR_GENERAL_ERROR,
                         "no key could be made; is there memory?");
    *out = key;
    key = NULL;
    return true;
}

/* NAME+ID+BASE64, the parts lent. */
struct parts {
    const char *name;
    size_t name_length;
    const char *id;
    const char *encoded;
    size_t encoded_length;
};

static bool
split(const char *text, struct parts *out)
{
    const char *id = strchr(text, '+');
    const char *encoded = id != NULL ? strchr(id + 1, '+') : NULL;

    if (encoded == NULL || encoded - id - 1 != 2 * NOTE_KEY_ID_LENGTH)
        return false;
    out->name = text;
    out->name_length = (size_t)(id - text);
    out->id = id + 1;
    out->encoded = encoded + 1;
    out->encoded_length = strcspn(encoded + 1, "\n");
    return note_name_is_right(out->name, out->name_length) &&
           out->encoded_length == BASE64_LENGTH(TYPED_LENGTH) &&
           (encoded[1 + out->encoded_length] == '\0' ||
            encoded[2 + out->encoded_length] == '\0');
}

static bool
read_parts(const struct parts *parts, bool is_secret, struct note_key **out)
{
    CLEANUP(note_key_freep)
    struct note_key *key = key_new(parts->name, parts->name_length);
    char id[2 * NOTE_KEY_ID_LENGTH + 1];
    unsigned char typed[TYPED_LENGTH + 2];
    size_t length;
    bool is_read;

    is_read = key != NULL &&
              base64_read(parts->encoded, parts->encoded_length, typed,
                          sizeof(typed), &length) &&
              length == TYPED_LENGTH && typed[0] == ED25519_TYPE &&
              key_fill(key, typed + 1, is_secret);
    explicit_bzero(typed, sizeof(typed));
    if (!is_read)
        return false;
    (void)snprintf(id, sizeof(id), "%02x%02x%02x%02x", key->id[0], key->id[1],
                   key->id[2], key->id[3]);
    if (strncmp(id, parts->id, sizeof(id) - 1) != 0)
        return false;
    *out = key;
    key = NULL;
    return true;
}

bool
note_key_read(const char *where, const char *text, struct note_key **out,
              struct error *error)
{
    const size_t mark = sizeof(secret_mark) - 1;
    struct parts parts;

    if (strncmp(text, secret_mark, mark) == 0 && split(text + mark, &parts) &&
        read_parts(&parts, true, out))
        return true;
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%s: is not a key that signs; make one with \"p11mux "
                     "audit keygen FILE\"",
                     where);
}

bool
note_key_read_verifier(const char *where, const char *text,
                       struct note_key **out, struct error *error)
{
    struct parts parts;

    if (split(text, &parts) && read_parts(&parts, false, out))
        return true;
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "%s: is not a verifier key NAME+ID+BASE64; give what "
                     "\"p11mux audit keygen\" printed, or a file that holds it",
                     where);
}

void
note_key_free(struct note_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    secret_wipe(&key->seed);
    free(key);
}

void
note_key_freep(struct note_key **key)
{
    note_key_free(*key);
}

const char *
note_key_name(const struct note_key *key)
{
    return key->name;
}

const unsigned char *
note_key_id(const struct note_key *key)
{
    return key->id;
}

static void
write_text(const struct note_key *key, const char *mark,
           const unsigned char typed[TYPED_LENGTH],
           char out[NOTE_KEY_TEXT_LENGTH])
{
    char encoded[BASE64_LENGTH(TYPED_LENGTH) + 1];

    base64_write(typed, TYPED_LENGTH, encoded);
    (void)snprintf(out, NOTE_KEY_TEXT_LENGTH, "%s%s+%02x%02x%02x%02x+%s", mark,
                   key->name, key->id[0], key->id[1], key->id[2], key->id[3],
                   encoded);
    explicit_bzero(encoded, sizeof(encoded));
}

void
note_key_write_verifier(const struct note_key *key,
                        char out[NOTE_KEY_TEXT_LENGTH])
{
    write_text(key, "", key->typed, out);
}

bool
note_key_write_secret(const struct note_key *key,
                      char out[NOTE_KEY_TEXT_LENGTH])
{
    unsigned char typed[TYPED_LENGTH] = { ED25519_TYPE };

    if (!secret_is_present(&key->seed))
        return false;
    memcpy(typed + 1, key->seed.bytes, RAW_LENGTH);
    write_text(key, secret_mark, typed, out);
    explicit_bzero(typed, sizeof(typed));
    return true;
}

bool
note_key_sign(const struct note_key *key, const char *text, size_t length,
              unsigned char out[NOTE_SIGNATURE_LENGTH])
{
    size_t signature_length = NOTE_SIGNATURE_LENGTH;
    EVP_PKEY *pkey = secret_is_present(&key->seed)
                         ? decode(&of_secret, key->seed.bytes)
                         : NULL;
    EVP_MD_CTX *operation = EVP_MD_CTX_new();
    bool is_signed =
        operation != NULL && pkey != NULL &&
        EVP_DigestSignInit_ex(operation, NULL, NULL, crypto_context(), NULL,
                              pkey, NULL) == 1 &&
        EVP_DigestSign(operation, out, &signature_length,
                       (const unsigned char *)text, length) == 1;

    EVP_MD_CTX_free(operation);
    EVP_PKEY_free(pkey);
    return is_signed;
}

bool
note_key_verifies(const struct note_key *key, const char *text, size_t length,
                  const unsigned char signature[NOTE_SIGNATURE_LENGTH])
{
    EVP_MD_CTX *operation = EVP_MD_CTX_new();
    bool is_right =
        operation != NULL &&
        EVP_DigestVerifyInit_ex(operation, NULL, NULL, crypto_context(), NULL,
                                key->pkey, NULL) == 1 &&
        EVP_DigestVerify(operation, signature, NOTE_SIGNATURE_LENGTH,
                         (const unsigned char *)text, length) == 1;

    EVP_MD_CTX_free(operation);
    return is_right;
}
