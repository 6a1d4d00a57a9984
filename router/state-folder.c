/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and makes folders in the state folder. */
#include "router/state-folder.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
state_folder_path(const char *state_dir, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", state_dir, name) < 0 ? NULL : path;
}

char *
state_folder_file(const char *folder, const char *label, const char *suffix)
{
    char name[2 * 32 + 1];
    char *path;

    if (OPENSSL_buf2hexstr_ex(name, sizeof(name), NULL,
                              (const unsigned char *)label, strlen(label),
                              '\0') != 1)
        return NULL;
    return asprintf(&path, "%s/%s%s", folder, name, suffix) < 0 ? NULL : path;
}

/* That it is there is on the disk before what is written in it. */
static bool
keep(const char *state_dir)
{
    CLEANUP(closep)
    int above = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return above >= 0 && fsync(above) == 0;
}

/* One that an earlier run has made may be closed to applications of other
 * users. Nothing is taken from its mode, and what a link leads to is let alone.
 */
static void
open_up(const char *path, mode_t mode)
{
    struct stat its;
    int folder;

    if (lstat(path, &its) != 0 || !S_ISDIR(its.st_mode) ||
        (its.st_mode & mode) == mode)
        return;
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    /* Who is not its owner cannot, and has no need to: it is there. */
    if (fstat(folder, &its) == 0)
        (void)!fchmod(folder, (its.st_mode & 07777) | mode);
    (void)close(folder);
}

bool
state_folder_make(const char *state_dir, const char *path, mode_t mode)
{
    struct stat its;

    /* Not by the umask. */
    if (mkdir(path, mode) != 0) {
        if (errno != EEXIST)
            return false;
        open_up(path, mode);
        return true;
    }
    if (chmod(path, mode) != 0)
        return false;
    if (geteuid() == 0 && stat(state_dir, &its) == 0)
        (void)!lchown(path, its.st_uid, its.st_gid);
    return keep(state_dir);
}
