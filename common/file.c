/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and replaces whole files. */
#include "common/file.h"

#include "common/cleanup.h"
#include "common/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FIRST_HIGH_DESCRIPTOR = 200, FIRST_READ_SIZE = 4096 };

int
file_raise_descriptor(int descriptor)
{
    struct rlimit limit;
    int raised;
    int saved;

    if (descriptor >= FIRST_HIGH_DESCRIPTOR &&
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0)
        return descriptor;
    raised = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_HIGH_DESCRIPTOR);
    if (raised < 0 && errno == EINVAL &&
        getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur <= FIRST_HIGH_DESCRIPTOR)
        raised = fcntl(descriptor, F_DUPFD_CLOEXEC, (int)(limit.rlim_cur / 2));
    saved = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = saved;
    return raised;
}

bool
file_split(const char *path, char **out_folder, const char **out_name)
{
    const char *slash = strrchr(path, '/');

    *out_name = slash != NULL ? slash + 1 : path;
    if (slash == NULL)
        *out_folder = strdup(".");
    else if (slash == path)
        *out_folder = strdup("/");
    else
        *out_folder = strndup(path, (size_t)(slash - path));
    return *out_folder != NULL;
}

/* A buffer while it is filled; what it held is wiped before it moves. */
struct filling {
    char *bytes;
    size_t length;
    size_t size;
};

static void
filling_wipe(struct filling *filling)
{
    if (filling->bytes != NULL)
        explicit_bzero(filling->bytes, filling->size);
    free(filling->bytes);
    filling->bytes = NULL;
}

/* Not realloc, which leaves a copy behind of what may be a PIN. */
static bool
filling_grow(struct filling *filling, size_t size)
{
    char *bytes = malloc(size);

    if (bytes == NULL)
        return false;
    if (filling->length > 0)
        memcpy(bytes, filling->bytes, filling->length);
    filling_wipe(filling);
    filling->bytes = bytes;
    filling->size = size;
    return true;
}

/* One read; *out_ended at the end of the file. */
static bool
fill(int descriptor, const char *path, struct filling *filling, bool *out_ended,
     struct error *error)
{
    /* Room for the NUL that ends it. */
    size_t room = filling->size > 0 ? filling->size - filling->length - 1 : 0;
    ssize_t got;

    if (room == 0) {
        size_t size = filling->size > 0 ? 2 * filling->size : FIRST_READ_SIZE;

        if (!filling_grow(filling, size))
            return error_set(error, CKR_HOST_MEMORY,
                             "%s: no memory for %zu bytes; free some", path,
                             size);
        room = size - filling->length - 1;
    }
    got = read(descriptor, filling->bytes + filling->length, room);
    if (got < 0 && errno != EINTR)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read: %s; check what it is", path,
                         error_reason(errno));
    *out_ended = got == 0;
    filling->length += got > 0 ? (size_t)got : 0;
    return true;
}

static bool
read_all(int descriptor, const char *path, size_t limit, char **out,
         size_t *out_length, struct error *error)
{
    CLEANUP(filling_wipe) struct filling filling = { 0 };
    bool ended = false;

    while (!ended) {
        if (!fill(descriptor, path, &filling, &ended, error))
            return false;
        if (filling.length > limit)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: is longer than %zu bytes; check that it is "
                             "the right file",
                             path, limit);
    }
    filling.bytes[filling.length] = '\0';
    *out_length = filling.length;
    *out = filling.bytes;
    filling.bytes = NULL;
    return true;
}

bool
file_read(const char *path, size_t limit, char **out, size_t *out_length,
          struct error *error)
{
    CLEANUP(closep) int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; check the path and who may "
                         "read it",
                         path, error_reason(errno));
    return read_all(descriptor, path, limit, out, out_length, error);
}

bool
file_read_trusted(const char *path, gid_t group, size_t limit, char **out,
                  size_t *out_length, struct error *error)
{
    CLEANUP(closep) int descriptor = file_open_trusted(path, group, error);

    return descriptor >= 0 &&
           read_all(descriptor, path, limit, out, out_length, error);
}

bool
file_read_owned(const char *path, uid_t owner, size_t limit, char **out,
                size_t *out_length, struct error *error)
{
    CLEANUP(closep) int descriptor = file_open_owned(path, owner, error);

    return descriptor >= 0 &&
           read_all(descriptor, path, limit, out, out_length, error);
}

/* What a file is to be. */
struct content {
    const void *bytes;
    size_t length;
    mode_t mode;
    gid_t group; /* -1: the process's own */
};

/* 0 or an errno. */
static int
write_all(struct guard *guard, int descriptor, const struct content *content)
{
    size_t length = content->length;
    const char *next = content->bytes;

    while (length > 0) {
        ssize_t written = guard_write(guard, descriptor, next, length);

        if (written < 0)
            return errno;
        next += written;
        length -= (size_t)written;
    }
    if (content->group != (gid_t)-1)
        (void)!fchown(descriptor, (uid_t)-1, content->group);
    if (fchmod(descriptor, content->mode) != 0 || fsync(descriptor) != 0)
        return errno;
    return 0;
}

/* The file under its new name also after a crash. 0 or an errno. */
static int
sync_folder(const char *folder)
{
    CLEANUP(closep)
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return descriptor >= 0 && fsync(descriptor) == 0 ? 0 : errno;
}

static int
replace(struct guard *guard, const char *folder, char *temporary,
        const char *path, const struct content *content)
{
    CLEANUP(closep) int descriptor = mkostemp(temporary, O_CLOEXEC);
    int reason;

    if (descriptor < 0)
        return errno;
    reason = write_all(guard, descriptor, content);
    if (reason == 0 && rename(temporary, path) != 0)
        reason = errno;
    if (reason != 0) {
        unlink(temporary);
        return reason;
    }
    return sync_folder(folder);
}

bool
file_replace(const char *path, const void *bytes, size_t length, mode_t mode,
             struct error *error)
{
    return file_replace_shared(path, bytes, length, mode, (gid_t)-1, error);
}

bool
file_replace_shared(const char *path, const void *bytes, size_t length,
                    mode_t mode, gid_t group, struct error *error)
{
    const struct content content = { bytes, length, mode, group };
    CLEANUP(freep) char *folder = NULL;
    CLEANUP(freep) char *temporary = NULL;
    const char *name;
    struct guard guard;
    int reason;

    if (!file_split(path, &folder, &name) ||
        asprintf(&temporary, "%s/.%s.XXXXXX", folder, name) < 0) {
        temporary = NULL;
        return error_set(error, CKR_HOST_MEMORY,
                         "%s: no memory to write it; free some", path);
    }
    guard_begin(&guard);
    reason = replace(&guard, folder, temporary, path, &content);
    guard_end(&guard);
    if (reason != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be written: %s; check its folder, the "
                         "room on the disk and who may write",
                         path, error_reason(reason));
    return true;
}
