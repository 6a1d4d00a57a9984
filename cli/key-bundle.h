/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A private key in a file, with its certificates: PKCS #8 and the traditional
 * forms, as PEM or DER, and PKCS #12; encrypted or not.
 */
#ifndef CLI_KEY_BUNDLE_H
#define CLI_KEY_BUNDLE_H

#include "cli/certificate-file.h"
#include "config/config.h"

#include <openssl/types.h>

struct key_bundle {
    EVP_PKEY *key;
    char *name; /* what the file calls it; NULL: nothing */
    struct certificate_file certificates;
};

/*
 * Reads it in p11mux's own context of OpenSSL, which is open. The passphrase
 * comes from `source`, or who runs the tool is asked (NULL), when it is needed.
 * *out is to be cleared, whatever comes of it. False with a sentence: the file
 * has no key or several, is damaged, does not open, or has a key of a type that
 * is not known here.
 */
bool key_bundle_read(const char *path, const struct config_pin *source,
                     struct key_bundle *out, struct error *error);
void key_bundle_clear(struct key_bundle *file);

#endif
