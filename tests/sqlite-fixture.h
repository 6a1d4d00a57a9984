/* SPDX-License-Identifier: BSD-3-Clause */
/* The database of a store, seen by SQLite alone. */
#ifndef TESTS_SQLITE_FIXTURE_H
#define TESTS_SQLITE_FIXTURE_H

#include <stdint.h>

/* Of the file, or with "-wal", "-shm" behind it. */
const char *sqlite_path(const char *suffix);

/* The number that it answers; what it does not answer fails the test. */
int64_t sqlite_ask(const char *sql);
void sqlite_execute(const char *sql);

#endif
