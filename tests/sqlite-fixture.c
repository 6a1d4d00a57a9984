/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks into the database of a store. */
#include "tests/sqlite-fixture.h"

#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <sqlite3.h>

const char *
sqlite_path(const char *suffix)
{
    return fixture_path("certificates.db%s", suffix);
}

/* What SQLite itself answers. */
int64_t
sqlite_ask(const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t number;

    cr_assert_eq(sqlite3_open(sqlite_path(""), &database), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL),
                 SQLITE_OK, "%s", sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW, "%s",
                 sqlite3_errmsg(database));
    number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    cr_assert_eq(sqlite3_close(database), SQLITE_OK);
    return number;
}

void
sqlite_execute(const char *sql)
{
    sqlite3 *database;

    cr_assert_eq(sqlite3_open(sqlite_path(""), &database), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_close(database), SQLITE_OK);
}
