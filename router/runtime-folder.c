/* SPDX-License-Identifier: BSD-3-Clause */
/* The folders that counters files lie in. */
#include "router/runtime-folder.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- Names ------------------------------------------------------------------
 */

void
runtime_name(const struct birth *birth, char out[RUNTIME_FILE_NAME])
{
    (void)snprintf(out, RUNTIME_FILE_NAME, "%ld.%" PRIu64 ".%" PRIu64,
                   (long)birth->pid, birth->ticks, birth->namespace);
}

/* It is the one that would be given. */
bool
runtime_read_name(const char *name, struct birth *out)
{
    char again[RUNTIME_FILE_NAME];
    long pid;

    if (sscanf(name, "%ld.%" SCNu64 ".%" SCNu64, &pid, &out->ticks,
               &out->namespace) != 3 ||
        pid <= 0 || pid > INT32_MAX)
        return false;
    out->pid = (pid_t)pid;
    runtime_name(out, again);
    return strcmp(name, again) == 0;
}

bool
runtime_read_owner(const char *name, struct birth *out)
{
    enum { N_NUMBERS = 3 };
    char its_own[RUNTIME_FILE_NAME];
    const char *end = name;

    for (int i = 0; i < N_NUMBERS; i++) {
        if (i > 0 && *end == '.')
            end++;
        end += strcspn(end, ".");
    }
    if ((size_t)(end - name) >= sizeof(its_own))
        return false;
    (void)snprintf(its_own, sizeof(its_own), "%.*s", (int)(end - name), name);
    return runtime_read_name(its_own, out);
}

/* -- Folders ----------------------------------------------------------------
 */

static char *
path_of(const char *runtime_dir, uid_t user, struct error *error)
{
    char *path;

    if (asprintf(&path, "%s/%lu", runtime_dir, (unsigned long)user) >= 0)
        return path;
    (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
    return NULL;
}

static bool
is_his(int folder, const char *path, uid_t user, struct error *error)
{
    struct stat status;

    if (fstat(folder, &status) == 0 && status.st_uid == user &&
        (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    errno = EPERM;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: does not belong to user %lu alone, who is counted "
                     "there; remove it, it is made again",
                     path, (unsigned long)user);
}

int
runtime_open_folder(const char *runtime_dir, uid_t user, struct error *error)
{
    CLEANUP(freep) char *path = path_of(runtime_dir, user, error);
    int folder;

    if (path == NULL)
        return -1;
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be opened: %s; check who may read it", path,
                        error_reason(errno));
        return -1;
    }
    if (is_his(folder, path, user, error))
        return folder;
    (void)close(folder);
    errno = EPERM;
    return -1;
}

/* The runtime directory itself is there for all users, but for one that is a
 * user's own. */
int
runtime_make_folder(const char *runtime_dir, struct error *error)
{
    CLEANUP(freep) char *path = path_of(runtime_dir, geteuid(), error);

    if (path == NULL)
        return -1;
    if (geteuid() != 0)
        (void)!mkdir(runtime_dir, S_IRWXU);
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        int reason = errno;

        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "%s: cannot be made: %s; let the administrator make "
                        "%s with the mode 1777, or set runtime_dir",
                        path, error_reason(reason), runtime_dir);
        errno = reason;
        return -1;
    }
    return runtime_open_folder(runtime_dir, geteuid(), error);
}

void
runtime_sweep(int folder, bool (*is_alive)(const struct birth *birth))
{
    int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = own < 0 ? NULL : fdopendir(own);
    const struct dirent *entry;
    struct birth birth;

    if (entries == NULL) {
        if (own >= 0)
            (void)close(own);
        return;
    }
    while ((entry = readdir(entries)) != NULL)
        if (runtime_read_owner(entry->d_name, &birth) && !is_alive(&birth))
            (void)unlinkat(folder, entry->d_name, 0);
    (void)closedir(entries);
}
