/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens the log's file, sees that it stays ours, appends to it. */
#include "audit/log-file.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "common/guard.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct audit_file {
    int descriptor; /* -1: none at the moment */
    dev_t device;   /* of the descriptor when it was opened */
    ino_t inode;
    gid_t group;
    pid_t pid; /* the process that opened it */
    char *path;
    _Atomic(bool) is_kept_said;
};

/* What a forked child inherits: the one of this process, or of an ancestor
 * whose memory this is a copy of. */
static _Atomic(struct audit_file *) latest;

static bool
refuse(const char *path, struct error *error, const char *what)
{
    return error_set(error, CKR_GENERAL_ERROR, "audit log %s: %s", path, what);
}

/* -- Opening -------------------------------------------------------------- */

static bool
is_folder_trusted(const char *path, gid_t group, struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;

    if (!file_split(path, &folder, &name))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return file_is_trusted(folder, group, error);
}

/* Only who makes the file decides who may append to it. */
static void
share(int descriptor, gid_t group)
{
    bool is_shared =
        group != (gid_t)-1 && fchown(descriptor, (uid_t)-1, group) == 0;

    (void)fchmod(descriptor, is_shared ? 0660 : 0640);
}

static int
open_or_make(const char *path, gid_t group)
{
    static const int flags =
        O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

    /* It may be made or removed by others in between. */
    for (int tries = 0; tries < 8; tries++) {
        int descriptor = open(path, flags | O_CREAT | O_EXCL, 0600);

        if (descriptor >= 0) {
            share(descriptor, group);
            return file_raise_descriptor(descriptor);
        }
        if (errno != EEXIST && errno != EACCES && errno != EROFS &&
            errno != EPERM)
            return -1;
        descriptor = open(path, flags);
        if (descriptor >= 0)
            return file_raise_descriptor(descriptor);
        if (errno != ENOENT)
            return -1;
    }
    return -1;
}

/* Whether only those can change it who may: any of the group may have made
 * it. */
static bool
is_entry_good(const char *path, const struct stat *entry, gid_t group,
              struct error *error)
{
    if (!S_ISREG(entry->st_mode))
        return refuse(path, error, "is no regular file; name one that is");
    if ((entry->st_mode & S_IWOTH) != 0)
        return refuse(path, error,
                      "everybody may write it; take that right away with "
                      "chmod o-w");
    if ((entry->st_mode & S_IWGRP) != 0 && entry->st_gid != group &&
        entry->st_gid != 0)
        return refuse(path, error,
                      "a group other than the configured one may write it; "
                      "take that right away with chmod g-w");
    return true;
}

static bool
reopen(struct audit_file *file, struct error *error)
{
    struct stat entry;
    int descriptor;

    if (!is_folder_trusted(file->path, file->group, error))
        return false;
    descriptor = open_or_make(file->path, file->group);
    if (descriptor < 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "audit log %s: cannot be opened: %s; check the path "
                         "and who may append to it",
                         file->path, error_reason(errno));
    if (fstat(descriptor, &entry) != 0 ||
        !is_entry_good(file->path, &entry, file->group, error)) {
        close(descriptor);
        return false;
    }
    file->descriptor = descriptor;
    file->device = entry.st_dev;
    file->inode = entry.st_ino;
    return true;
}

/* -- Whose it is ---------------------------------------------------------- */

/* The descriptor still leads to what was opened. */
static bool
is_ours(const struct audit_file *file, struct stat *entry)
{
    return file->descriptor >= 0 && fstat(file->descriptor, entry) == 0 &&
           entry->st_dev == file->device && entry->st_ino == file->inode;
}

static bool
inherit(struct audit_file *file)
{
    const struct audit_file *before = atomic_load(&latest);
    struct stat entry;

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
    struct stat entry;

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
is_in_place(const struct audit_file *file, const struct stat *open_entry)
{
    struct stat entry;

    if (open_entry->st_nlink == 0)
        return false;
    if (lstat(file->path, &entry) != 0)
        return errno != ENOENT && errno != ENOTDIR;
    return entry.st_dev == file->device && entry.st_ino == file->inode;
}

/* 0, or an errno. */
static int
make_ready(struct audit_file *file)
{
    struct error error = { .rv = CKR_OK };
    struct stat entry;
    bool is_open = is_ours(file, &entry);
    int before = file->descriptor;

    if (is_open && is_in_place(file, &entry))
        return 0;
    if (!is_open)
        file->descriptor = -1; /* the host's by now, or closed */
    if (reopen(file, &error)) {
        if (is_open)
            close(before);
        return 0;
    }
    log_once(&file->is_kept_said, LOG_LEVEL_ERROR, "%s", error.text);
    /* A file that was moved away takes records as well, and keeps them. */
    return is_open && entry.st_nlink > 0 ? 0 : EBADF;
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
        reason = ENOSPC;
    if (reason == 0 && to_disk && fdatasync(file->descriptor) != 0)
        reason = errno;
    guard_end(&guard);
    return reason;
}
