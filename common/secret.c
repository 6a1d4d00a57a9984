/* SPDX-License-Identifier: BSD-3-Clause */
/* One mapping for each secret: a guard page, the secret's, a guard page. */
#include "common/secret.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Any value that is not zero: a page wiped by fork is all zeros. */
static const uint64_t present = UINT64_C(0x9c5e3a7d1fb2e864);

/* The bytes stand at the front, not against the guard behind: a module that
 * reads a PIN's NUL, which PKCS#11 does not promise, finds one. */
struct secret_page {
    uint64_t word;
    unsigned char bytes[SECRET_MAX_LENGTH + 1];
};

static size_t
page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The secret's own pages, without the guards. */
static size_t
inner_size(void)
{
    size_t page = page_size();

    return (sizeof(struct secret_page) + page - 1) / page * page;
}

static struct secret_page *
page_new(void)
{
    size_t guard = page_size();
    size_t size = inner_size();
    unsigned char *start = mmap(NULL, size + 2 * guard, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (start == MAP_FAILED)
        return NULL;
    /* A kernel that cannot wipe would hand the PIN to each child: none. */
    if (mprotect(start + guard, size, PROT_READ | PROT_WRITE) != 0 ||
        madvise(start + guard, size, MADV_DONTDUMP) != 0 ||
        madvise(start + guard, size, MADV_WIPEONFORK) != 0) {
        munmap(start, size + 2 * guard);
        return NULL;
    }
    /* Where the limit does not allow it, swap is the administrator's care. */
    (void)mlock(start + guard, size);
    return (struct secret_page *)(void *)(start + guard);
}

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
    page = page_new();
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
    size_t guard = page_size();
    unsigned char *inner;

    if (secret->bytes == NULL)
        return;
    inner = (unsigned char *)page_of(secret);
    OPENSSL_cleanse(inner, sizeof(struct secret_page));
    munmap(inner - guard, inner_size() + 2 * guard);
    secret->bytes = NULL;
    secret->length = 0;
}
