/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes keys for the token that OpenSSL answers for. */
#include "tests/software-fixture.h"

#include "common/crypto.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

static EVP_PKEY *
make_key(const char *type)
{
    if (strcmp(type, "RSA") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)1024);
    if (strcmp(type, "EC") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, type, "P-256");
    return EVP_PKEY_Q_keygen(NULL, NULL, type);
}

EVP_PKEY *
software_fixture(const char *type, const char *name)
{
    struct octets text = { (const unsigned char *)name, strlen(name) };
    struct software_wish wish = { .id = text, .label = text };
    struct error error = { .rv = CKR_OK };
    EVP_PKEY *key = make_key(type);

    wish.usages = USAGE_SIGN;
    if (strcmp(type, "RSA") == 0)
        wish.usages |= USAGE_DECRYPT | USAGE_UNWRAP;
    if (strcmp(type, "EC") == 0)
        wish.usages |= USAGE_DERIVE;
    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert_not_null(key);
    cr_assert(software_open(key, &wish, &error), "%s", error.text);
    return key;
}
