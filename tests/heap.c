/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands between the program and the C library's heap. */
#include "tests/heap.h"

#include "tests/sanitized.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static __thread bool is_counting;
static __thread unsigned long n_allocations;

void
heap_begin(void)
{
    n_allocations = 0;
    is_counting = true;
}

unsigned long
heap_end(void)
{
    is_counting = false;
    return n_allocations;
}

#if HAS_ADDRESS_SANITIZER

/* AddressSanitizer's heap tells of each allocation. */
void __sanitizer_malloc_hook(const volatile void *pointer, size_t size);

__attribute__((visibility("default"))) void
__sanitizer_malloc_hook(const volatile void *pointer, size_t size)
{
    (void)pointer;
    (void)size;
    n_allocations += is_counting;
}

void
heap_fail(const void *address)
{
    (void)address;
}

#else

/* Where the code lies whose allocations fail. */
static uintptr_t fail_begin, fail_end;

static int
find_library(struct dl_phdr_info *info, size_t size, void *context)
{
    uintptr_t address = (uintptr_t)context;

    (void)size;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0 &&
            address >= begin && address < begin + part->p_memsz) {
            fail_begin = begin;
            fail_end = begin + part->p_memsz;
            return 1;
        }
    }
    return 0;
}

void
heap_fail(const void *address)
{
    fail_begin = fail_end = 0;
    if (address != NULL)
        (void)dl_iterate_phdr(find_library, (void *)(uintptr_t)address);
}

/* Notes an allocation; true when it is to fail. */
static bool
note(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;

    n_allocations += is_counting;
    if (at < fail_begin || at >= fail_end)
        return false;
    errno = ENOMEM;
    return true;
}

/* What the C library calls its own, for those that stand in between. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

#define EXPORTED __attribute__((visibility("default")))
#define CALLER   __builtin_return_address(0)

EXPORTED void *
malloc(size_t size)
{
    return note(CALLER) ? NULL : __libc_malloc(size);
}

EXPORTED void *
calloc(size_t count, size_t size)
{
    return note(CALLER) ? NULL : __libc_calloc(count, size);
}

EXPORTED void *
realloc(void *pointer, size_t size)
{
    return note(CALLER) ? NULL : __libc_realloc(pointer, size);
}

EXPORTED void *
aligned_alloc(size_t alignment, size_t size)
{
    return note(CALLER) ? NULL : __libc_memalign(alignment, size);
}

EXPORTED int
posix_memalign(void **out, size_t alignment, size_t size)
{
    if (note(CALLER))
        return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out == NULL ? ENOMEM : 0;
}

#endif
