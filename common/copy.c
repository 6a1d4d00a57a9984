/* SPDX-License-Identifier: BSD-3-Clause */
/* Private copies of library files. */
#include "common/copy.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Newer than the C library's headers (Linux 6.3). */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static bool
fail(struct error *error, const char *file, const char *what)
{
    return error_set(error, CKR_GENERAL_ERROR,
                     "%s: no private copy of it: %s: %s", file, what,
                     error_reason(errno));
}

/* Copies all of the file to where `to` writes. */
static bool
fill(const char *file, int to, struct error *error)
{
    CLEANUP(closep) int from = open(file, O_RDONLY | O_CLOEXEC);
    struct stat status;
    off_t at = 0;

    if (from < 0 || fstat(from, &status) != 0)
        return fail(error, file, "cannot be read");
    while (at < status.st_size) {
        ssize_t sent = sendfile(to, from, &at, (size_t)(status.st_size - at));

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return fail(error, file, "cannot be copied");
        if (sent == 0)
            break; /* became shorter under our hands */
    }
    return true;
}

/* Where files in memory are not executable unless they say so, they say so;
 * older kernels do not know the word. */
static int
create_in_memory(const char *name)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int descriptor = memfd_create(name, flags | MFD_EXEC);

    if (descriptor < 0 && errno == EINVAL)
        descriptor = memfd_create(name, flags);
    return descriptor;
}

static void
name_descriptor(struct copy *copy)
{
    snprintf(copy->path, sizeof(copy->path), "/proc/self/fd/%d",
             copy->descriptor);
}

/* The loader would take it for a library that is mapped already. */
static bool
is_taken(const struct copy *copy)
{
    void *handle = dlopen(copy->path, RTLD_LAZY | RTLD_NOLOAD);

    if (handle != NULL)
        dlclose(handle);
    return handle != NULL;
}

/* Moves it to a higher number. */
static bool
renumber(struct copy *copy)
{
    int next = fcntl(copy->descriptor, F_DUPFD_CLOEXEC, copy->descriptor + 1);

    if (next < 0)
        return false;
    close(copy->descriptor);
    copy->descriptor = next;
    name_descriptor(copy);
    return true;
}

bool
copy_in_memory(const char *file, struct copy *out, struct error *error)
{
    const char *slash = strrchr(file, '/');
    int low = create_in_memory(slash == NULL ? file : slash + 1);

    out->descriptor = -1;
    out->is_on_disk = false;
    if (low < 0)
        return fail(error, file, "no file in memory");
    out->descriptor = file_raise_descriptor(low);
    if (out->descriptor < 0)
        return fail(error, file, "no free descriptor");
    if (!fill(file, out->descriptor, error)) {
        copy_finish(out, false);
        return false;
    }
    /* Nobody changes the code from now on. */
    fcntl(out->descriptor, F_ADD_SEALS,
          F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    name_descriptor(out);
    /* Where the host closed the descriptor of a mapped copy, its number is
     * free, and its name is not. */
    while (is_taken(out))
        if (!renumber(out)) {
            copy_finish(out, false);
            return error_set(error, CKR_GENERAL_ERROR,
                             "%s: no free descriptor for a private copy; raise "
                             "the limit on open files",
                             file);
        }
    return true;
}

bool
copy_in_folder(const char *file, const char *folder, struct copy *out,
               struct error *error)
{
    int length =
        snprintf(out->path, sizeof(out->path), "%s/.module-XXXXXX", folder);
    CLEANUP(closep) int descriptor = -1;

    out->descriptor = -1;
    out->is_on_disk = false;
    if (length < 0 || (size_t)length >= sizeof(out->path)) {
        errno = ENAMETOOLONG;
        return fail(error, file, folder);
    }
    descriptor = mkostemp(out->path, O_CLOEXEC);
    if (descriptor < 0)
        return fail(error, file, folder);
    out->is_on_disk = true;
    if (fill(file, descriptor, error) && fchmod(descriptor, 0500) == 0)
        return true;
    copy_finish(out, false);
    return false;
}

void
copy_finish(struct copy *copy, bool keep)
{
    if (copy->is_on_disk)
        unlink(copy->path);
    copy->is_on_disk = false;
    if (!keep && copy->descriptor >= 0) {
        close(copy->descriptor);
        copy->descriptor = -1;
    }
}
