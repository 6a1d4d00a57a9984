/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes such files. */
#include "router/mapped-file.h"

#include "common/cleanup.h"
#include "common/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* What is mapped is there: a write to a file system that is full would end the
 * host. 0 or an errno. */
static int
allocate(int descriptor, size_t size)
{
    struct guard guard;
    int reason;

    guard_begin(&guard);
    reason = posix_fallocate(descriptor, 0, (off_t)size);
    guard.raised_sigxfsz = reason == EFBIG;
    guard_end(&guard);
    return reason;
}

/* -1 with errno. */
static int
create(int folder, const char *name, size_t size)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int descriptor, reason;

    (void)unlinkat(folder, name, 0);
    descriptor = openat(folder, name, flags, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return -1;
    reason = allocate(descriptor, size);
    if (reason == 0)
        return descriptor;
    (void)unlinkat(folder, name, 0);
    (void)close(descriptor);
    errno = reason;
    return -1;
}

static void *
map(int descriptor, size_t size)
{
    void *mapped =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

    if (mapped == MAP_FAILED)
        return NULL;
    if (madvise(mapped, size, MADV_DONTFORK) == 0)
        return mapped;
    (void)munmap(mapped, size);
    return NULL;
}

void *
mapped_file_make(int folder, const char *name, size_t size, ino_t *inode)
{
    CLEANUP(closep) int descriptor = create(folder, name, size);
    struct stat status = { .st_ino = 0 };
    void *mapped;

    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return NULL;
    mapped = map(descriptor, size);
    if (mapped == NULL)
        (void)unlinkat(folder, name, 0);
    if (inode != NULL)
        *inode = status.st_ino;
    return mapped;
}
