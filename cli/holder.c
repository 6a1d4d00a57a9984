/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at the descriptors of all processes. */
#include "cli/holder.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* The octal number behind "flags:" in what proc(5) says of a descriptor. */
static bool
is_for_writing(unsigned long pid, const char *number)
{
    CLEANUP(freep)
    char *path = memory_text("/proc/%lu/fdinfo/%s", pid, number);
    CLEANUP(fclosep) FILE *stream = fopen(path, "re");
    char line[128];

    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
        unsigned flags;

        if (sscanf(line, "flags: %o", &flags) == 1)
            return ((int)flags & O_ACCMODE) != O_RDONLY;
    }
    return false;
}

/* Whether one of its descriptors leads there; *whole becomes false where they
 * may not be looked at. */
static bool
has_open(unsigned long pid, const struct stat *entry, bool *whole)
{
    CLEANUP(freep) char *path = memory_text("/proc/%lu/fd", pid);
    DIR *stream = opendir(path);
    struct dirent *descriptor;
    bool is_found = false;

    if (stream == NULL) {
        *whole = *whole && errno != EACCES && errno != EPERM;
        return false;
    }
    while (!is_found && (descriptor = readdir(stream)) != NULL) {
        struct stat opened;

        is_found =
            fstatat(dirfd(stream), descriptor->d_name, &opened, 0) == 0 &&
            opened.st_ino == entry->st_ino && opened.st_dev == entry->st_dev &&
            is_for_writing(pid, descriptor->d_name);
    }
    (void)closedir(stream);
    return is_found;
}

static char *
read_program(unsigned long pid)
{
    CLEANUP(freep) char *path = memory_text("/proc/%lu/exe", pid);
    char program[PATH_MAX];
    ssize_t length = readlink(path, program, sizeof(program) - 1);

    if (length < 0)
        return NULL;
    program[length] = '\0';
    return memory_copy(program);
}

void
holders_find(const struct stat *entry, struct holders *out)
{
    DIR *stream = opendir("/proc");
    struct dirent *process;

    *out = (struct holders){ .is_whole = stream != NULL };
    while (stream != NULL && (process = readdir(stream)) != NULL) {
        unsigned long pid = strtoul(process->d_name, NULL, 10);

        if (pid == 0 || pid == (unsigned long)getpid() ||
            !has_open(pid, entry, &out->is_whole))
            continue;
        out->items = memory_grow(out->items, out->count, sizeof(*out->items));
        out->items[out->count++] =
            (struct holder){ .pid = pid, .program = read_program(pid) };
    }
    if (stream != NULL)
        (void)closedir(stream);
}

void
holders_clear(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        free(holders->items[i].program);
    free(holders->items);
}
