/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens and closes connections to a SQLite database. */
#include "store/sqlite-private.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

struct setting {
    int name;
    int value;
};

/*
 * What a file or a host could want otherwise. A connection that is closed
 * leaves the log of transactions and its index where they are: users who may
 * read the file and not write it need both.
 */
static const struct setting settings[] = {
    { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
    { SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
    { SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 },
    { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
    { SQLITE_DBCONFIG_DEFENSIVE, 1 },
};

static const char pragmas[] = "PRAGMA synchronous = FULL;"
                              "PRAGMA wal_autocheckpoint = 1000;"
                              "PRAGMA mmap_size = 0;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA query_only = OFF;"
                              "PRAGMA cache_size = -4000;";

/* Often: SQLite's own handler waits longer and longer, so that who waits
 * longest comes last. */
static int
wait_for_others(void *context, int n_waits)
{
    static const struct timespec pause = { .tv_nsec = 500000 };
    struct sqlite_link *link = context;

    if (n_waits == 0)
        link->until = deadline_in(link->base.store->wait_ms);
    if (deadline_has_passed(link->until))
        return 0;
    (void)nanosleep(&pause, NULL);
    return 1;
}

enum store_result
sqlite_connect(struct sqlite_link *link, const char *path)
{
    const struct sqlite_library *library = link->library;
    /* By name: a host may have made another one the default. */
    int code =
        library->open_v2(path, &link->database,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                             SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW,
                         "unix");

    if (link->database == NULL)
        return store_fail(link->base.store, link->base.writes, STORE_NO_MEMORY,
                          "out of memory; free some");
    (void)library->extended_result_codes(link->database, 1);
    if (code != SQLITE_OK)
        return sqlite_fail(link);
    (void)library->busy_handler(link->database, wait_for_others, link);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        (void)library->db_config(link->database, settings[i].name,
                                 settings[i].value, NULL);
    link->is_read_only = library->db_readonly(link->database, "main") == 1;
    if (library->exec(link->database, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(link);
    return STORE_DONE;
}

static enum store_result
open_file(struct sqlite_link *link, const char *path)
{
    enum store_result result = sqlite_connect(link, path);
    struct stat entry;

    if (result != STORE_DONE)
        return result;
    result = sqlite_schema_upgrade(link);
    if (result == STORE_DONE)
        result = sqlite_check_move(link);
    if (result != STORE_DONE)
        return result;
    /* Once more in a moment if it was exchanged meanwhile. */
    if (stat(path, &entry) == 0) {
        link->device = entry.st_dev;
        link->inode = entry.st_ino;
    }
    return STORE_DONE;
}

enum store_result
sqlite_open(struct store *store, struct link **out)
{
    struct sqlite_link *link = calloc(1, sizeof(*link));
    struct error error = { .rv = CKR_OK };
    enum store_result result;

    if (link == NULL)
        return store_fail(store, false, STORE_NO_MEMORY,
                          "out of memory; free some");
    link->base.store = store;
    link->library = sqlite_library_get(&error);
    result = link->library != NULL ? sqlite_file_make(store, link->library)
                                   : store_fail(store, false, STORE_UNREACHABLE,
                                                "%s", error.text);
    if (result == STORE_DONE &&
        !sqlite_file_check(store->place, store->group, &error))
        result = store_fail(store, false, STORE_BROKEN, "%s", error.text);
    if (result == STORE_DONE)
        result = open_file(link, store->place);
    if (result != STORE_DONE) {
        sqlite_close(&link->base);
        return result;
    }
    *out = &link->base;
    return STORE_DONE;
}

static void
finalize(struct sqlite_link *link, sqlite3_stmt **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)link->library->finalize(list[i]);
}

void
sqlite_close(struct link *base)
{
    struct sqlite_link *link = (struct sqlite_link *)base;

    if (link->library != NULL) {
        finalize(link, link->statements, N_STATEMENTS);
        finalize(link, link->searches, N_SEARCHES);
        finalize(link, &link->begin, 1);
        finalize(link, &link->commit, 1);
        finalize(link, &link->version, 1);
        finalize(link, &link->look, 1);
        (void)link->library->close(link->database);
    }
    free(link);
}
