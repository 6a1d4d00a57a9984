/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens or makes the file of a log, and judges it. */
#include "audit/log-place.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    MOST_TRIES = 8,
    LINK_NAME_LENGTH = 40,
    OPEN_FLAGS =
        O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
};

static bool
refuse(const char *path, struct error *error, const char *what)
{
    return error_set(error, CKR_GENERAL_ERROR, "audit log %s: %s", path, what);
}

/* -- Opening -------------------------------------------------------------- */

/* Only who makes the file decides who may append to it. */
static void
share(int descriptor, gid_t group)
{
    bool is_shared =
        group != (gid_t)-1 && fchown(descriptor, (uid_t)-1, group) == 0;

    (void)fchmod(descriptor, is_shared ? 0660 : 0640);
}

/* It has its name once it is as it is to be: others of the group may open it in
 * that moment. -1 with an errno. */
static int
make_whole(const char *path, const char *folder, gid_t group)
{
    int descriptor =
        open(folder, O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    char name[LINK_NAME_LENGTH];
    int reason;

    if (descriptor < 0)
        return -1;
    share(descriptor, group);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
    if (linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
        return descriptor;
    reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

/* Where the file system, or a host without /proc, cannot do that: there others
 * may come too early, and are told so. */
static int
make_file(const char *path, const char *folder, gid_t group)
{
    int descriptor = make_whole(path, folder, group);

    if (descriptor >= 0 || errno == EEXIST || errno == EACCES ||
        errno == EROFS || errno == ENOSPC)
        return descriptor;
    descriptor =
        open(path,
             O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL,
             0600);
    if (descriptor >= 0)
        share(descriptor, group);
    return descriptor;
}

static int
open_or_make(const char *path, const char *folder, gid_t group)
{
    /* It may be made or removed by others in between. */
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        int descriptor = open(path, OPEN_FLAGS);

        if (descriptor < 0 && errno == ENOENT)
            descriptor = make_file(path, folder, group);
        if (descriptor >= 0)
            return file_raise_descriptor(descriptor);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/* -- Judging -------------------------------------------------------------- */

static bool
refuse_open(const char *path, struct error *error)
{
    int reason = errno;
    struct stat entry;

    if (lstat(path, &entry) == 0 && S_ISLNK(entry.st_mode))
        return refuse(path, error,
                      "is a symbolic link; name the file that it leads to");
    if (lstat(path, &entry) == 0 && !S_ISREG(entry.st_mode))
        return refuse(path, error, "is no regular file; name one that is");
    return error_set(error, CKR_GENERAL_ERROR,
                     "audit log %s: cannot be opened: %s; check the path and "
                     "who may append to it",
                     path, error_reason(reason));
}

static bool
is_folder_trusted(const char *path, const char *folder, gid_t group,
                  struct error *error)
{
    return file_is_trusted(folder, group, error) ||
           (error != NULL &&
            error_set(error, error->rv, "audit log %s: %s", path, error->text));
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

/* Closes it where it is none that may be the log. */
static bool
judge(int descriptor, const char *path, gid_t group, struct stat *out,
      struct error *error)
{
    if (fstat(descriptor, out) == 0 && is_entry_good(path, out, group, error))
        return true;
    close(descriptor);
    return false;
}

bool
log_place_open(const char *path, gid_t group, int *out_descriptor,
               struct stat *out, struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;
    int descriptor;

    if (!file_split(path, &folder, &name))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!is_folder_trusted(path, folder, group, error))
        return false;
    descriptor = open_or_make(path, folder, group);
    if (descriptor < 0)
        return refuse_open(path, error);
    if (!judge(descriptor, path, group, out, error))
        return false;
    *out_descriptor = descriptor;
    return true;
}

bool
log_place_check(const char *path, gid_t group, struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    struct stat entry;
    const char *name;
    int descriptor;

    if (!file_split(path, &folder, &name))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!is_folder_trusted(path, folder, group, error))
        return false;
    descriptor = open(path, OPEN_FLAGS);
    if (descriptor < 0 && errno == ENOENT &&
        faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0)
        return true;
    if (descriptor < 0)
        return refuse_open(path, error);
    if (!judge(descriptor, path, group, &entry, error))
        return false;
    close(descriptor);
    return true;
}
