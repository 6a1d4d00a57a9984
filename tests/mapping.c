/* SPDX-License-Identifier: BSD-3-Clause */
/* Mappings, as the kernel shows them. */
#include "tests/mapping.h"

#include "tests/fixture.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int __real_munmap(void *address, size_t length);
int __wrap_munmap(void *address, size_t length);

size_t mapping_n_unmapped;
size_t mapping_n_left_bytes;

/* The linker leads munmap here. */
int
__wrap_munmap(void *address, size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const unsigned char *bytes = address;

    mapping_n_unmapped++;
    mapping_n_left_bytes = 0;
    for (size_t i = page; i < length - page; i++)
        mapping_n_left_bytes += bytes[i] != 0;
    return __real_munmap(address, length);
}

bool
mapping_has(const void *address, const char *flag)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512], word[8];
    bool is_ours = false, has = false;

    if (maps == NULL)
        fixture_fail("cannot read /proc/self/smaps");
    (void)snprintf(word, sizeof(word), " %s", flag);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long start, end;

        /* The flags are told as "VmFlags: rd wr ...". */
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_ours = (uintptr_t)address >= start && (uintptr_t)address < end;
        else if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
            has = strstr(line, word) != NULL;
    }
    (void)fclose(maps);
    return has;
}

bool
mapping_can_be_locked(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool can_lock;

    if (page == MAP_FAILED)
        fixture_fail("no memory");
    can_lock = mlock(page, size) == 0 && mapping_has(page, "lo");
    (void)__real_munmap(page, size);
    return can_lock;
}
