/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens the log's file, sees that it stays ours, appends to it. */
#include "audit/log-file.h"

#include "audit/log-place.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/guard.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct audit_file {
    int descriptor; /* -1: none at the moment */
    dev_t device;   /* of the descriptor when it was opened */
    ino_t inode;
    gid_t group;
    pid_t pid; /* the process that opened it */
    char *path;
    uint64_t looked_at;    /* the path, by the clock, in nanoseconds */
    bool must_look;        /* the last write failed */
    _Atomic(bool) is_said; /* that it cannot be opened again */
};

/* How long a log that has another name by now may still get lines. */
static const uint64_t look_ns = 10 * 1000 * 1000;

/* What a forked child inherits: the one of this process, or of an ancestor
 * whose memory this is a copy of. */
static _Atomic(struct audit_file *) latest;

/* -- Opening -------------------------------------------------------------- */

static bool
reopen(struct audit_file *file, struct error *error)
{
    struct stat entry;
    int descriptor;

    if (!log_place_open(file->path, file->group, &descriptor, &entry, error))
        return false;
    file->descriptor = descriptor;
    file->device = entry.st_dev;
    file->inode = entry.st_ino;
    return true;
}

/* -- Whose it is ---------------------------------------------------------- */

/* Nothing of its times is asked for: whoever has seen them makes the kernel
 * renew them with the next write, which costs as much as writing. */
static bool
look(int folder, const char *path, int flags, struct statx *out)
{
    return statx(folder, path, flags, STATX_INO | STATX_NLINK, out) == 0;
}

static bool
is_same(const struct audit_file *file, const struct statx *entry)
{
    return makedev(entry->stx_dev_major, entry->stx_dev_minor) ==
               file->device &&
           entry->stx_ino == file->inode;
}

/* The descriptor still leads to what was opened. */
static bool
is_ours(const struct audit_file *file, struct statx *entry)
{
    return file->descriptor >= 0 &&
           look(file->descriptor, "", AT_EMPTY_PATH, entry) &&
           is_same(file, entry);
}

static bool
inherit(struct audit_file *file)
{
    const struct audit_file *before = atomic_load(&latest);
    struct statx entry;

    if (before == NULL || before->pid == file->pid ||
        strcmp(before->path, file->path) != 0 || !is_ours(before, &entry))
        return false;
    file->descriptor = before->descriptor;
    file->device = before->device;
    file->inode = before->inode;
    return true;
}

bool
audit_file_open(const char *path, gid_t group, struct audit_file **out,
                struct error *error)
{
    struct audit_file *file = calloc(1, sizeof(*file));

    *out = NULL;
    if (file == NULL || (file->path = strdup(path)) == NULL) {
        free(file);
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    file->descriptor = -1;
    file->group = group;
    file->pid = getpid();
    if (!inherit(file) && !reopen(file, error)) {
        audit_file_close(file);
        return false;
    }
    atomic_store(&latest, file);
    *out = file;
    return true;
}

void
audit_file_close(struct audit_file *file)
{
    struct audit_file *expected = file;
    struct statx entry;

    if (file == NULL)
        return;
    (void)atomic_compare_exchange_strong(&latest, &expected, NULL);
    if (is_ours(file, &entry))
        close(file->descriptor);
    free(file->path);
    free(file);
}

/* Whether the path leads to what is open; where this process may not look,
 * as after it gave up its privileges, nobody knows better. */
static bool
is_in_place(const struct audit_file *file, const struct statx *open_entry)
{
    struct statx entry;

    if (open_entry->stx_nlink == 0)
        return false;
    if (!look(AT_FDCWD, file->path, AT_SYMLINK_NOFOLLOW, &entry))
        return errno != ENOENT && errno != ENOTDIR;
    return is_same(file, &entry);
}

/* To find a path costs as much as to write a record. A clock that was set back
 * is none to go by. */
static bool
is_look_due(struct audit_file *file)
{
    uint64_t now = clock_now_coarse();

    if (!file->must_look && now - file->looked_at < look_ns)
        return false;
    file->looked_at = now;
    return true;
}

/* In one word, for the records that tell of it: it is not there, or it is none
 * that may be the log. */
static int
find_reason(const char *path)
{
    struct stat entry;

    return lstat(path, &entry) != 0 ? errno : EACCES;
}

/* 0, or an errno. */
static int
make_ready(struct audit_file *file)
{
    struct error error = { .rv = CKR_OK };
    struct statx entry;
    bool is_open = is_ours(file, &entry);
    int before = file->descriptor;

    if (is_open && entry.stx_nlink > 0 && !is_look_due(file))
        return 0;
    if (is_open && is_in_place(file, &entry)) {
        atomic_store_explicit(&file->is_said, false, memory_order_relaxed);
        return 0;
    }
    if (!is_open)
        file->descriptor = -1; /* the host's by now, or closed */
    if (reopen(file, &error)) {
        if (is_open)
            close(before);
        return 0;
    }
    log_once(&file->is_said, LOG_LEVEL_ERROR, "%s", error.text);
    /* A file that was moved away takes records as well, and keeps them. */
    return is_open && entry.stx_nlink > 0 ? 0 : find_reason(file->path);
}

bool
audit_file_ends_cut(const struct audit_file *file)
{
    CLEANUP(closep)
    int descriptor =
        open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat entry;
    char last = '\n';

    /* One who may not look has to let it be. */
    if (descriptor < 0 || fstat(descriptor, &entry) != 0 ||
        entry.st_dev != file->device || entry.st_ino != file->inode)
        return false;
    return entry.st_size > 0 &&
           pread(descriptor, &last, 1, entry.st_size - 1) == 1 && last != '\n';
}

/* -- Appending ------------------------------------------------------------ */

/* Why a write ended early, which the kernel says only of the next one. */
static int
reason_of_half(int descriptor)
{
    struct rlimit limit;
    struct stat entry;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                   fstat(descriptor, &entry) == 0 &&
                   (rlim_t)entry.st_size >= limit.rlim_cur
               ? EFBIG
               : ENOSPC;
}

int
audit_file_append(struct audit_file *file, const void *bytes, size_t length,
                  bool to_disk, size_t *written)
{
    struct guard guard;
    ssize_t count = -1;
    int reason;

    *written = 0;
    guard_begin(&guard);
    reason = make_ready(file);
    if (reason == 0) {
        count = guard_write(&guard, file->descriptor, bytes, length);
        reason = count < 0 ? errno : 0;
    }
    if (count > 0)
        *written = (size_t)count;
    /* Half of it: more would only be put behind what others have appended
     * meanwhile. */
    if (reason == 0 && *written < length)
        reason = reason_of_half(file->descriptor);
    if (reason == 0 && to_disk && fdatasync(file->descriptor) != 0)
        reason = errno;
    guard_end(&guard);
    file->must_look = reason != 0;
    return reason;
}
