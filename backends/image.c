/* SPDX-License-Identifier: BSD-3-Clause */
/* Maps library files, and says in plain words why one cannot be mapped. */
#include "backends/image.h"

#include "common/cleanup.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    ElfW(Half) machine;
    const char *name;
} machines[] = {
    { EM_386, "32-bit x86" }, { EM_X86_64, "x86-64" },
    { EM_ARM, "32-bit ARM" }, { EM_AARCH64, "ARM64" },
    { EM_PPC64, "POWER" },    { EM_S390, "S/390" },
    { EM_RISCV, "RISC-V" },   { EM_LOONGARCH, "LoongArch" },
};

static const char *
machine_name(ElfW(Half) machine)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        if (machines[i].machine == machine)
            return machines[i].name;
    return "a machine without a name here";
}

/* The header of whatever holds this code: what this process runs. */
static const ElfW(Ehdr) * own_header(void)
{
    static const char here;
    Dl_info own;

    return dladdr(&here, &own) != 0 ? own.dli_fbase : NULL;
}

/*
 * Whether the file is one that the loader could map; else the reason. The
 * loader itself says of a file for another machine that it is not there.
 */
static bool
check_header(const char *path, const char *called, struct error *error)
{
    const ElfW(Ehdr) *own = own_header();
    CLEANUP(closep) int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    ElfW(Ehdr) header = { 0 };

    if (file < 0 || fstat(file, &status) != 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s cannot be opened: %s; correct its path or "
                         "install it",
                         called, error_reason(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s is not a file; give the path of the module",
                         called);
    if (read(file, &header, sizeof(header)) < EI_NIDENT ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s is not a shared library; give the path of the "
                         "module's .so file",
                         called);
    if (own == NULL || (header.e_ident[EI_CLASS] == own->e_ident[EI_CLASS] &&
                        header.e_ident[EI_DATA] == own->e_ident[EI_DATA] &&
                        header.e_machine == own->e_machine))
        return true;
    /* e_machine has the same place in both classes. */
    return error_set(error, CKR_GENERAL_ERROR,
                     "%s is built for %s, this program for %s; install the "
                     "module for this machine",
                     called, machine_name(header.e_machine),
                     machine_name(own->e_machine));
}

/* The loader's sentence begins with the name of the library it is about. */
static bool
explain(const char *path, const char *called, struct error *error)
{
    const char *why = dlerror();
    size_t length = strlen(path);

    if (why == NULL)
        why = "the loader does not say why";
    if (strchr(path, '/') == NULL && strncmp(why, path, length) == 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s is not found by the loader; give the module's "
                         "full path",
                         called);
    if (strncmp(why, path, length) == 0 && why[length] == ':')
        return error_set(error, CKR_GENERAL_ERROR, "%s cannot be loaded%s",
                         called, why + length);
    return error_set(error, CKR_GENERAL_ERROR,
                     "%s needs a library that cannot be loaded: %s; install "
                     "it or add its folder to the loader's path",
                     called, why);
}

bool
image_open(const char *path, const char *called, struct image *out,
           struct error *error)
{
    struct link_map *map = NULL;
    void *handle;

    if (strchr(path, '/') != NULL && !check_header(path, called, error))
        return false;
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return explain(path, called, error);
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 ||
        (out->file = strdup(map->l_name)) == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: out of memory", called);
    out->handle = handle;
    return true;
}

void
image_close(struct image *image, bool unmap)
{
    if (unmap && image->handle != NULL)
        dlclose(image->handle);
    image->handle = NULL;
    free(image->file);
    image->file = NULL;
}
