/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a store in SQLite: who may write them, and the first one. */
#include "common/cleanup.h"
#include "common/file.h"
#include "store/sqlite-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const suffixes[] = { "", "-wal", "-shm" };

/* Any of the group may have made it: the folder says who. */
static bool
is_entry_good(const char *path, gid_t group, struct error *error)
{
    struct stat entry;

    if (lstat(path, &entry) != 0)
        return true;
    if (!S_ISREG(entry.st_mode))
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: is no regular file; name one that is", path);
    if ((entry.st_mode & S_IWOTH) != 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: everybody may write it; run: chmod o-w %s", path,
                         path);
    if ((entry.st_mode & S_IWGRP) != 0 && entry.st_gid != group &&
        entry.st_gid != 0)
        return error_set(error, CKR_GENERAL_ERROR,
                         "%s: a group other than the configured one may write "
                         "it; run: chmod g-w %s",
                         path, path);
    return true;
}

bool
sqlite_file_check(const char *path, gid_t group, struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    const char *name;
    struct stat entry;

    if (!file_split(path, &folder, &name))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    /* One that is not there yet is looked at when it is opened. */
    if (stat(folder, &entry) != 0)
        return true;
    if (!file_is_trusted(folder, group, error))
        return false;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        CLEANUP(freep) char *one = NULL;

        if (asprintf(&one, "%s%s", path, suffixes[i]) < 0)
            return error_set(error, CKR_HOST_MEMORY, "out of memory");
        if (!is_entry_good(one, group, error))
            return false;
    }
    return true;
}

/* -- The first one -------------------------------------------------------- */

static enum store_result
fail(struct store *store, const char *what)
{
    int reason = errno;

    return store_fail(store, false,
                      reason == ENOSPC || reason == EDQUOT ? STORE_FULL
                                                           : STORE_UNREACHABLE,
                      "%s: %s; check that its folder is there and that this "
                      "user may write in it",
                      what, error_reason(reason));
}

/* SQLite gives the other files the same rights. */
static bool
share(int descriptor, gid_t group)
{
    bool is_shared =
        group != (gid_t)-1 && fchown(descriptor, (uid_t)-1, group) == 0;

    return fchmod(descriptor, is_shared ? 0660 : 0640) == 0;
}

/* A whole store under another name. */
static enum store_result
fill(struct store *store, const struct sqlite_library *library,
     const char *path)
{
    struct sqlite_link link = { .base = { .store = store },
                                .library = library };
    enum store_result result = sqlite_connect(&link, path);

    if (result == STORE_DONE) {
        /* Its log of transactions goes into the file and away. */
        (void)library->db_config(link.database,
                                 SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        result = sqlite_schema_upgrade(&link);
    }
    (void)library->close(link.database);
    return result;
}

/* Also what SQLite left beside it where it could not go on. */
static void
remove_all(const char *path)
{
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        CLEANUP(freep) char *one = NULL;

        if (asprintf(&one, "%s%s", path, suffixes[i]) >= 0)
            (void)unlink(one);
    }
}

static enum store_result
make_at(struct store *store, const struct sqlite_library *library,
        char *temporary)
{
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    enum store_result result;
    bool is_shared;

    if (descriptor < 0)
        return fail(store, "cannot be made");
    is_shared = share(descriptor, store->group);
    /* Closing it later would take SQLite's locks with it. */
    (void)close(descriptor);
    result = is_shared ? fill(store, library, temporary)
                       : fail(store, "cannot be made");
    /* Whoever is first; nobody ever sees half a store. */
    if (result == STORE_DONE && link(temporary, store->place) != 0 &&
        errno != EEXIST)
        result = fail(store, "cannot be made");
    remove_all(temporary);
    return result;
}

enum store_result
sqlite_file_make(struct store *store, const struct sqlite_library *library)
{
    CLEANUP(freep) char *temporary = NULL;
    struct stat entry;

    if (lstat(store->place, &entry) == 0)
        return STORE_DONE;
    if (errno != ENOENT)
        return fail(store, "cannot be looked at");
    if (asprintf(&temporary, "%s.XXXXXX", store->place) < 0)
        return store_fail(store, false, STORE_NO_MEMORY,
                          "out of memory; free some");
    return make_at(store, library, temporary);
}
