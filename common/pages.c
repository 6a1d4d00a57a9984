/* SPDX-License-Identifier: BSD-3-Clause */
/* One mapping each: a guard page, what is asked for, a guard page. */
#include "common/pages.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t
page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Without the guards. */
static size_t
inner_size(size_t length)
{
    size_t page = page_size();

    return (length + page - 1) / page * page;
}

void *
pages_new(size_t length)
{
    size_t guard = page_size();
    size_t size = inner_size(length);
    unsigned char *start;

    if (length == 0 || length > SIZE_MAX - 3 * guard)
        return NULL;
    start = mmap(NULL, size + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    /* A kernel that cannot wipe would hand them to each child: none. */
    if (mprotect(start + guard, size, PROT_READ | PROT_WRITE) != 0 ||
        madvise(start + guard, size, MADV_DONTDUMP) != 0 ||
        madvise(start + guard, size, MADV_WIPEONFORK) != 0) {
        munmap(start, size + 2 * guard);
        return NULL;
    }
    /* Where the limit does not allow it, swap is the administrator's care. */
    (void)mlock(start + guard, size);
    return start + guard;
}

void
pages_free(void *start, size_t length)
{
    size_t guard = page_size();

    if (start == NULL)
        return;
    OPENSSL_cleanse(start, length);
    munmap((unsigned char *)start - guard, inner_size(length) + 2 * guard);
}
