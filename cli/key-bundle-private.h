/* SPDX-License-Identifier: BSD-3-Clause */
/* A file with a key while it is read, for cli/key-bundle*.c. */
#ifndef CLI_KEY_BUNDLE_PRIVATE_H
#define CLI_KEY_BUNDLE_PRIVATE_H

#include "cli/key-bundle.h"
#include "cli/passphrase.h"
#include "common/der.h"

#include <openssl/pkcs12.h>

struct key_reading {
    const char *path;
    struct octets content; /* in pages of its own */
    struct passphrase passphrase;
    struct key_bundle *out;
    struct error *error;
};

/* What is in it, whatever it is; false with a sentence. */
bool key_reading_pem(struct key_reading *reading);
bool key_reading_der(struct key_reading *reading);
bool key_reading_pkcs12(struct key_reading *reading, PKCS12 *store);

/* A key in one of the forms that have no passphrase, or a PKCS #8 that has
 * one. Takes it over. */
bool key_reading_add(struct key_reading *reading, EVP_PKEY *key);
bool key_reading_add_encrypted(struct key_reading *reading,
                               const X509_SIG *encrypted);

/* The sentences; each is false. */
bool key_reading_fail_damaged(struct key_reading *reading);
bool key_reading_fail(struct key_reading *reading, const char *what);

#endif
