/* SPDX-License-Identifier: BSD-3-Clause */
/* Wipes what OpenSSL frees. */
#include "cli/secret-heap.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* OpenSSL decodes and encodes keys on its ordinary heap, and frees some of that
 * as it is. */
static void
heap_free(void *start, const char *file, int line)
{
    (void)file;
    (void)line;
    if (start == NULL)
        return;
    explicit_bzero(start, malloc_usable_size(start));
    free(start);
}

static void *
heap_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size);
}

/* What is moved does not stay where it was. */
static void *
heap_realloc(void *start, size_t size, const char *file, int line)
{
    size_t before = start == NULL ? 0 : malloc_usable_size(start);
    void *moved;

    if (size == 0) {
        heap_free(start, file, line);
        return NULL;
    }
    moved = malloc(size);
    if (moved == NULL)
        return NULL;
    if (before > 0)
        memcpy(moved, start, before < size ? before : size);
    heap_free(start, file, line);
    return moved;
}

bool
secret_heap_begin(struct error *error)
{
    /* Several keys of 16384 bits. */
    enum { SECURE_BYTES = 128 * 1024, SECURE_LEAST = 32 };
    struct rlimit none = { 0, 0 };

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        CRYPTO_set_mem_functions(heap_malloc, heap_realloc, heap_free) != 1 ||
        CRYPTO_secure_malloc_init(SECURE_BYTES, SECURE_LEAST) == 0)
        return error_set(
            error, CKR_HOST_MEMORY,
            "there is no memory that keys can be kept in safely; "
            "is memory short, or is OpenSSL none of 3.0 or newer?");
    return true;
}

/* How much is copied decides which registers are used. */
void
secret_heap_leave_registers(void)
{
    enum { MOST = 4096 };
    static unsigned char room[2][MOST];
    void *(*volatile copy)(void *to, const void *from, size_t length) = memmove;

    for (size_t length = MOST; length > 0; length /= 2)
        (void)copy(room[1], room[0], length);
}

void
secret_heap_end(void)
{
    (void)CRYPTO_secure_malloc_done();
}
