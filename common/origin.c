/* SPDX-License-Identifier: BSD-3-Clause */
/* A mark in a page that the kernel wipes in each child. */
#include "common/origin.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

void
origin_begin(struct origin *origin)
{
    uint32_t *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *origin = (struct origin){ .pid = getpid() };
    if (page == MAP_FAILED)
        return;
    if (madvise(page, sizeof(*page), MADV_WIPEONFORK) != 0) {
        munmap(page, sizeof(*page));
        return;
    }
    *page = 1;
    origin->mark = page;
}

bool
origin_is_here(const struct origin *origin)
{
    return origin->mark != NULL ? *origin->mark != 0 : origin->pid == getpid();
}

void
origin_end(struct origin *origin)
{
    if (origin->mark != NULL)
        munmap((void *)(uintptr_t)origin->mark, sizeof(*origin->mark));
    *origin = (struct origin){ .pid = 0 };
}
