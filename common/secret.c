/* SPDX-License-Identifier: BSD-3-Clause */
/* Secrets in pages of their own, with a word beside each. */
#include "common/secret.h"

#include "common/pages.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>

/* Any value that is not zero: a page wiped by fork is all zeros. */
static const uint64_t present = UINT64_C(0x9c5e3a7d1fb2e864);

/* The bytes stand at the front, not against the guard behind: a module that
 * reads a PIN's NUL, which PKCS#11 does not promise, finds one. */
struct secret_page {
    uint64_t word;
    unsigned char bytes[SECRET_MAX_LENGTH + 1];
};

static struct secret_page *
page_of(const struct secret *secret)
{
    return (struct secret_page *)(void *)(secret->bytes -
                                          offsetof(struct secret_page, bytes));
}

bool
secret_set(struct secret *secret, const void *bytes, size_t length)
{
    struct secret_page *page;

    if (length > SECRET_MAX_LENGTH || (bytes == NULL && length > 0))
        return false;
    page = pages_new(sizeof(*page));
    if (page == NULL)
        return false;
    /* Before the old one goes: `bytes` may be part of it. */
    if (length > 0)
        memcpy(page->bytes, bytes, length);
    page->word = present;
    secret_wipe(secret);
    secret->bytes = page->bytes;
    secret->length = length;
    return true;
}

bool
secret_is_present(const struct secret *secret)
{
    return secret->bytes != NULL && page_of(secret)->word == present;
}

bool
secret_equals(const struct secret *secret, const void *bytes, size_t length)
{
    if (!secret_is_present(secret) || secret->length != length)
        return false;
    return length == 0 || CRYPTO_memcmp(secret->bytes, bytes, length) == 0;
}

void
secret_wipe(struct secret *secret)
{
    if (secret->bytes == NULL)
        return;
    pages_free(page_of(secret), sizeof(struct secret_page));
    secret->bytes = NULL;
    secret->length = 0;
}
