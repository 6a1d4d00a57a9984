/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of a store in SQLite (doc/formats.md), version after version. */
#include "store/sqlite-private.h"

/* "p11m", in the file's head: it is one of ours. */
enum { APPLICATION = 0x7031316d };

/* Steps that were released are never changed. */
static const char *const steps[] = {
    "CREATE TABLE life ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " token BLOB NOT NULL UNIQUE,"
    " serial BLOB);"
    "CREATE TABLE value ("
    " id INTEGER PRIMARY KEY,"
    " hash BLOB NOT NULL UNIQUE,"
    " bytes BLOB NOT NULL);"
    "CREATE TABLE object ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " life INTEGER NOT NULL REFERENCES life,"
    " value INTEGER REFERENCES value,"
    " type INTEGER,"
    " ident BLOB,"
    " label BLOB,"
    " subject BLOB,"
    " issuer BLOB,"
    " serial BLOB,"
    " others BLOB NOT NULL);"
    "CREATE INDEX object_life ON object (life);"
    "CREATE INDEX object_value ON object (value, life);"
    "CREATE INDEX object_type ON object (life, type);"
    "CREATE INDEX object_ident ON object (life, ident);"
    "CREATE INDEX object_label ON object (life, label);"
    "CREATE INDEX object_subject ON object (life, subject);"
    "CREATE INDEX object_issuer ON object (life, issuer, serial);"
    "CREATE INDEX object_serial ON object (life, serial);"
    /* A value goes with the last object that has it. */
    "CREATE TRIGGER object_destroyed AFTER DELETE ON object BEGIN"
    " DELETE FROM value WHERE id = OLD.value AND"
    " NOT EXISTS (SELECT 1 FROM object WHERE value = OLD.value); END;"
    "CREATE TRIGGER object_changed AFTER UPDATE OF value ON object"
    " WHEN OLD.value IS NOT NEW.value BEGIN"
    " DELETE FROM value WHERE id = OLD.value AND"
    " NOT EXISTS (SELECT 1 FROM object WHERE value = OLD.value); END;"
    "PRAGMA application_id = 0x7031316d;"
    "PRAGMA user_version = 1;",
    /* A token has a life for each serial number. */
    "CREATE TABLE another_life ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " token BLOB NOT NULL,"
    " serial BLOB);"
    "INSERT INTO another_life SELECT id, token, serial FROM life;"
    "DELETE FROM sqlite_sequence WHERE name = 'another_life';"
    "INSERT INTO sqlite_sequence SELECT 'another_life', seq"
    " FROM sqlite_sequence WHERE name = 'life';"
    "DROP TABLE life;"
    "ALTER TABLE another_life RENAME TO life;"
    "CREATE INDEX life_token ON life (token, serial);"
    "PRAGMA user_version = 2;",
    /* A store can be moved into another one. */
    "CREATE TABLE move (state INTEGER NOT NULL, peer BLOB NOT NULL);"
    "INSERT INTO sqlite_sequence SELECT 'life', 0"
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'life');"
    "INSERT INTO sqlite_sequence SELECT 'object', 0"
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'object');"
    "PRAGMA user_version = 3;",
};

enum { NEWEST = sizeof(steps) / sizeof(steps[0]) };

static enum store_result
read_number(struct sqlite_link *link, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    enum store_result result = sqlite_prepare(link, sql, &statement);

    if (result != STORE_DONE)
        return result;
    if (link->library->step(statement) == SQLITE_ROW)
        *out = link->library->column_int64(statement, 0);
    else
        result = sqlite_fail(link);
    (void)link->library->finalize(statement);
    return result;
}

static enum store_result
refuse(struct sqlite_link *link, int64_t version)
{
    link->base.is_broken = true;
    return store_fail(link->base.store, link->base.writes, STORE_BROKEN,
                      "it is of version %lld, made by a later release of "
                      "p11mux; this one knows versions up to %d: install the "
                      "later release again",
                      (long long)version, NEWEST);
}

/* -1: none of ours; 0: empty. */
static enum store_result
read_version(struct sqlite_link *link, int64_t *version)
{
    int64_t application, n_tables;
    enum store_result result =
        read_number(link, "PRAGMA application_id", &application);

    if (result == STORE_DONE)
        result = read_number(link, "PRAGMA user_version", version);
    if (result == STORE_DONE)
        result =
            read_number(link, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (result != STORE_DONE)
        return result;
    if (application == 0 && *version == 0 && n_tables == 0)
        return STORE_DONE;
    if (application != APPLICATION || *version <= 0) {
        link->base.is_broken = true;
        return store_fail(link->base.store, link->base.writes, STORE_BROKEN,
                          "it is a database of something else; name another "
                          "file as store.url");
    }
    return *version > NEWEST ? refuse(link, *version) : STORE_DONE;
}

static enum store_result
execute(struct sqlite_link *link, const char *sql)
{
    return link->library->exec(link->database, sql, NULL, NULL, NULL) ==
                   SQLITE_OK
               ? STORE_DONE
               : sqlite_fail(link);
}

static enum store_result
take_steps(struct sqlite_link *link)
{
    int64_t version;
    enum store_result result = read_version(link, &version);

    /* Another process may have been faster. */
    for (; result == STORE_DONE && version < NEWEST; version++)
        result = execute(link, steps[version]);
    return result;
}

static enum store_result
upgrade(struct sqlite_link *link)
{
    enum store_result result = execute(link, "BEGIN IMMEDIATE");

    if (result != STORE_DONE)
        return result;
    result = take_steps(link);
    if (result == STORE_DONE)
        result = execute(link, "COMMIT");
    if (result != STORE_DONE)
        (void)link->library->exec(link->database, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

enum store_result
sqlite_schema_upgrade(struct sqlite_link *link)
{
    int64_t version;
    enum store_result result = read_version(link, &version);

    if (result != STORE_DONE || version == NEWEST)
        return result;
    if (version == 0)
        result = execute(link, "PRAGMA journal_mode = WAL");
    if (result != STORE_DONE)
        return result;
    /* A table that others refer to is made anew by some steps. */
    (void)link->library->db_config(link->database, SQLITE_DBCONFIG_ENABLE_FKEY,
                                   0, NULL);
    result = upgrade(link);
    (void)link->library->db_config(link->database, SQLITE_DBCONFIG_ENABLE_FKEY,
                                   1, NULL);
    return result;
}

enum store_result
sqlite_schema_check(struct sqlite_link *link)
{
    enum store_result result =
        sqlite_prepare(link, "PRAGMA user_version", &link->version);
    int64_t version = 0;

    if (result != STORE_DONE)
        return result;
    if (link->library->step(link->version) == SQLITE_ROW)
        version = link->library->column_int64(link->version, 0);
    else
        result = sqlite_fail(link);
    (void)link->library->reset(link->version);
    return result == STORE_DONE && version != NEWEST ? refuse(link, version)
                                                     : result;
}
