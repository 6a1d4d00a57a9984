/* SPDX-License-Identifier: BSD-3-Clause */
/* The database of a store, seen by SQLite alone, and what the store does where
 * it may fail. */
#ifndef TESTS_SQLITE_FIXTURE_H
#define TESTS_SQLITE_FIXTURE_H

#include "store/store.h"

/* Of the file, or with "-wal", "-shm" behind it. */
const char *sqlite_path(const char *suffix);

/* The number that it answers; what it does not answer fails the test. */
int64_t sqlite_ask(const char *sql);
void sqlite_execute(const char *sql);

enum store_result try_create(unsigned number);
enum store_result try_count(void);

/* Whether one line was said of the store, and has that text. */
bool store_said(const char *heard, const char *text);

#endif
