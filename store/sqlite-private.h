/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections to a SQLite database, between the files store/sqlite*.c. */
#ifndef STORE_SQLITE_PRIVATE_H
#define STORE_SQLITE_PRIVATE_H

#include "store/sqlite-library.h"
#include "store/store-private.h"

/* One for each column that is searched for, one for all objects, ... */
enum {
    SEARCH_BOTH = N_COLUMNS, /* issuer and serial number */
    SEARCH_ALL,
    N_SEARCHES
};

struct sqlite_link {
    struct link base;
    const struct sqlite_library *library;
    sqlite3 *database;
    dev_t device; /* of the file that was opened */
    ino_t inode;
    bool is_read_only;
    struct deadline until; /* it waits for others' locks */
    sqlite3_stmt *begin, *commit, *version;
    sqlite3_stmt *look; /* at one object that a search has found */
    sqlite3_stmt *statements[N_STATEMENTS];
    sqlite3_stmt *searches[N_SEARCHES];
    unsigned ran; /* bits of statements that are to be reset */
};

/* Of SQLite's results; 0, SQLITE_ROW and SQLITE_DONE are none of them. Says it
 * and gives what it is to the store. */
enum store_result sqlite_fail(struct sqlite_link *link);

/* Prepares it at its first use. */
enum store_result sqlite_prepare(struct sqlite_link *link, const char *sql,
                                 sqlite3_stmt **statement);
bool sqlite_bind(struct sqlite_link *link, sqlite3_stmt *statement, int index,
                 const struct field *field);
struct field sqlite_column(struct sqlite_link *link, sqlite3_stmt *statement,
                           int index);

/* The file: whether nobody may write it who may not; there is an empty store
 * where there was no file. */
bool sqlite_file_check(const char *path, gid_t group, struct error *error);
enum store_result sqlite_file_make(struct store *store,
                                   const struct sqlite_library *library);

enum store_result sqlite_open(struct store *store, struct link **out);
void sqlite_close(struct link *link);

/* Opens the file at that path and sets it up, whatever is in it. */
enum store_result sqlite_connect(struct sqlite_link *link, const char *path);

/* Brings it to this release's version. STORE_BROKEN: it is of a later one, or
 * none of ours, and was not touched. */
enum store_result sqlite_schema_upgrade(struct sqlite_link *link);

/* In a transaction that writes: it is still of this release. */
enum store_result sqlite_schema_check(struct sqlite_link *link);

/* Whether it may be read, or written, where it is moved. */
enum store_result sqlite_check_move(struct sqlite_link *link);

enum store_result sqlite_find(struct link *link, uint64_t life,
                              const struct row_query *query, found_row found,
                              void *context);

#endif
