/* SPDX-License-Identifier: BSD-3-Clause */
/* Recognises p11mux and p11-kit's proxy, whatever their files are called. */
#include "backends/recursion.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* An address in the library, or the program, that holds this code. */
static const char here;

static const char is_itself[] = "is p11mux itself; remove it from the modules";

/* What the linker wrote into a file stays in its copies. */
static const struct {
    const char *soname; /* how it begins */
    const char *reason;
} sonames[] = {
    { .soname = "p11mux.so", .reason = is_itself },
    { .soname = "libp11-kit.so",
      .reason = "is p11-kit's proxy, which loads p11mux; use p11_kit = true "
                "in its place" },
};

/* The name that the file was linked with; NULL if it has none. */
static const char *
find_soname(const struct link_map *map)
{
    const char *strings = NULL;
    const ElfW(Dyn) *soname = NULL;

    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SONAME)
            soname = entry;
        /* Already moved to where it is, but on a few machines. */
        if (entry->d_tag == DT_STRTAB)
            strings = (const char *)(entry->d_un.d_ptr < map->l_addr
                                         ? map->l_addr + entry->d_un.d_ptr
                                         : entry->d_un.d_ptr);
    }
    if (soname == NULL || strings == NULL)
        return NULL;
    return strings + soname->d_un.d_val;
}

bool
recursion_is_own_file(dev_t device, ino_t inode)
{
    Dl_info own;
    struct stat status;

    return dladdr(&here, &own) != 0 && stat(own.dli_fname, &status) == 0 &&
           status.st_dev == device && status.st_ino == inode;
}

const char *
recursion_reason(const void *entry_point)
{
    Dl_info own;
    Dl_info its;
    struct link_map *map = NULL;
    const char *soname;

    if (dladdr1(entry_point, &its, (void **)&map, RTLD_DL_LINKMAP) == 0)
        return NULL;
    if (dladdr(&here, &own) != 0 && own.dli_fbase == its.dli_fbase)
        return is_itself;
    soname = find_soname(map);
    if (soname == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof(sonames) / sizeof(sonames[0]); i++)
        if (strncmp(soname, sonames[i].soname, strlen(sonames[i].soname)) == 0)
            return sonames[i].reason;
    return NULL;
}
