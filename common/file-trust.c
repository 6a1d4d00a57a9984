/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may change a file: judged on what was opened, link by link. */
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LINKS = 8 };

/* Paths in a command to be copied: quoted where the shell needs it. */
static const char plain_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%";

static void
shell_word(const char *word, char *out, size_t size)
{
    size_t length = 0;

    if (word[0] != '\0' && word[0] != '-' &&
        word[strspn(word, plain_characters)] == '\0') {
        snprintf(out, size, "%s", word);
        return;
    }
    out[length++] = '\'';
    for (; *word != '\0' && length + 6 < size; word++) {
        if (*word == '\'') {
            memcpy(out + length, "'\\''", 4);
            length += 4;
        } else {
            out[length++] = *word;
        }
    }
    out[length++] = '\'';
    out[length] = '\0';
}

static const char *
kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "folder";
    return S_ISLNK(mode) ? "symbolic link" : "file";
}

/* Who may change an entry, besides root. */
struct trust {
    uid_t owner;
    gid_t group;
    bool refuses_links;
};

/* What is wrong with an entry. */
struct fault {
    bool owner;
    bool world;
    bool group;
};

/* Who may change it and should not. */
static void
fault_culprit(const struct fault *fault, const struct stat *entry, char *out,
              size_t size)
{
    unsigned long user = entry->st_uid;
    unsigned long group = entry->st_gid;

    if (fault->world)
        snprintf(out, size, "everybody");
    else if (fault->group && fault->owner)
        snprintf(out, size, "group %lu and user %lu", group, user);
    else if (fault->group)
        snprintf(out, size, "group %lu", group);
    else
        snprintf(out, size, "user %lu", user);
}

static bool
fault_report(const struct fault *fault, const char *path,
             const struct stat *entry, struct error *error)
{
    const char *chmod = fault->world && fault->group ? "go-w"
                        : fault->world               ? "o-w"
                        : fault->group               ? "g-w"
                                                     : NULL;
    char word[PATH_MAX];
    char culprit[64];

    shell_word(path, word, sizeof(word));
    fault_culprit(fault, entry, culprit, sizeof(culprit));
    return error_set(
        error, CKR_GENERAL_ERROR,
        "%s: this %s (mode 0%o, owner %lu, group %lu) may be changed by %s; "
        "run: %s%s%s%s%s%s%s",
        path, kind_of(entry->st_mode), (unsigned)entry->st_mode & 07777U,
        (unsigned long)entry->st_uid, (unsigned long)entry->st_gid, culprit,
        fault->owner ? "chown -h root " : "", fault->owner ? word : "",
        fault->owner && chmod != NULL ? " && " : "",
        chmod != NULL ? "chmod " : "", chmod != NULL ? chmod : "",
        chmod != NULL ? " " : "", chmod != NULL ? word : "");
}

static bool
entry_is_trusted(const char *path, const struct stat *entry,
                 const struct trust *trust, bool is_parent, struct error *error)
{
    mode_t mode = entry->st_mode;
    /* In a sticky folder nobody can exchange another's file. */
    bool is_sticky = is_parent && (mode & S_ISVTX) != 0;
    /* A link's own mode means nothing. */
    bool has_mode = !S_ISLNK(mode) && !is_sticky;
    struct fault fault = {
        .owner = entry->st_uid != 0 && entry->st_uid != geteuid() &&
                 entry->st_uid != trust->owner,
        .world = has_mode && (mode & S_IWOTH) != 0,
        .group = has_mode && (mode & S_IWGRP) != 0 &&
                 (trust->group == (gid_t)-1 || entry->st_gid != trust->group),
    };

    if (!fault.owner && !fault.world && !fault.group)
        return true;
    return fault_report(&fault, path, entry, error);
}

static int
refuse_open(const char *path, struct error *error)
{
    error_set(error, CKR_GENERAL_ERROR,
              "%s: cannot be opened: %s; check the path and who may read it",
              path, error_reason(errno));
    return -1;
}

/* Opens and judges the folder an entry is in, as O_PATH. */
static int
open_parent(const char *folder, const struct trust *trust, struct error *error)
{
    int descriptor = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat entry;

    if (descriptor < 0 || fstat(descriptor, &entry) != 0) {
        refuse_open(folder, error);
    } else if (entry_is_trusted(folder, &entry, trust, true, error)) {
        return descriptor;
    }
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

/* Where a link leads, as a path that starts where the link's own does. */
static char *
follow(int descriptor, const char *folder)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(descriptor, "", target, sizeof(target) - 1);
    char *path;

    if (length < 0)
        return NULL;
    target[length] = '\0';
    if (target[0] == '/')
        return strdup(target);
    return asprintf(&path, "%s/%s", folder, target) < 0 ? NULL : path;
}

/* The path's folder and name, where the name is one that the folder holds:
 * not "..", "." or nothing (except for the root itself). */
static bool
split_really(char **path, char **out_folder, const char **out_name)
{
    char *real;

    if (!file_split(*path, out_folder, out_name))
        return false;
    if (strcmp(*out_name, "") != 0 && strcmp(*out_name, ".") != 0 &&
        strcmp(*out_name, "..") != 0)
        return true;
    free(*out_folder);
    *out_folder = NULL;
    real = realpath(*path, NULL);
    if (real == NULL)
        return false;
    free(*path);
    *path = real;
    if (!file_split(real, out_folder, out_name))
        return false;
    if ((*out_name)[0] == '\0')
        *out_name = ".";
    return true;
}

/* Opens what was judged for reading: the same file, and a regular one. */
static int
open_judged(int parent, const char *name, const char *path,
            const struct stat *judged, struct error *error)
{
    /* O_NONBLOCK: a pipe put there must not hang the host. */
    int descriptor =
        openat(parent, name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat entry;

    if (descriptor >= 0)
        descriptor = file_raise_descriptor(descriptor);
    if (descriptor < 0 || fstat(descriptor, &entry) != 0) {
        refuse_open(path, error);
    } else if (!S_ISREG(entry.st_mode)) {
        error_set(error, CKR_GENERAL_ERROR,
                  "%s: is no regular file; name one that is", path);
    } else if (entry.st_dev != judged->st_dev ||
               entry.st_ino != judged->st_ino) {
        error_set(error, CKR_GENERAL_ERROR,
                  "%s: was exchanged while it was opened; try again", path);
    } else {
        return descriptor;
    }
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

/* One step along *path: a link's target takes its place and *out_descriptor
 * stays -1, anything else is the end. */
static bool
step(char **path, const struct trust *trust, bool to_read, int *out_descriptor,
     struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    CLEANUP(closep) int parent = -1;
    CLEANUP(closep) int descriptor = -1;
    const char *name;
    struct stat entry;
    char *next;

    if (!split_really(path, &folder, &name))
        return refuse_open(*path, error) >= 0;
    parent = open_parent(folder, trust, error);
    if (parent < 0)
        return false;
    descriptor = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &entry) != 0)
        return refuse_open(*path, error) >= 0;
    if (!entry_is_trusted(*path, &entry, trust, false, error))
        return false;
    if (S_ISLNK(entry.st_mode) && trust->refuses_links)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: is a symbolic link; put the file itself there",
                         *path);
    if (S_ISLNK(entry.st_mode)) {
        next = follow(descriptor, folder);
        if (next == NULL)
            return refuse_open(*path, error) >= 0;
        free(*path);
        *path = next;
        return true;
    }
    if (to_read) {
        *out_descriptor = open_judged(parent, name, *path, &entry, error);
    } else {
        *out_descriptor = descriptor;
        descriptor = -1;
    }
    return *out_descriptor >= 0;
}

static int
open_trusted(const char *path, const struct trust *trust, bool to_read,
             struct error *error)
{
    CLEANUP(freep) char *here = strdup(path);
    int descriptor = -1;

    if (here == NULL) {
        error_set(error, CKR_HOST_MEMORY, "%s: no memory to open it; free some",
                  path);
        return -1;
    }
    for (int i = 0; i <= MAX_LINKS; i++) {
        if (!step(&here, trust, to_read, &descriptor, error))
            return -1;
        if (descriptor >= 0)
            return descriptor;
    }
    errno = ELOOP;
    return refuse_open(path, error);
}

bool
file_is_trusted(const char *path, gid_t group, struct error *error)
{
    struct trust trust = { .owner = 0, .group = group };
    CLEANUP(closep) int descriptor = open_trusted(path, &trust, false, error);

    return descriptor >= 0;
}

int
file_open_trusted(const char *path, gid_t group, struct error *error)
{
    struct trust trust = { .owner = 0, .group = group };

    return open_trusted(path, &trust, true, error);
}

int
file_open_owned(const char *path, uid_t owner, struct error *error)
{
    struct trust trust = { .owner = owner,
                           .group = (gid_t)-1,
                           .refuses_links = true };

    return open_trusted(path, &trust, true, error);
}
