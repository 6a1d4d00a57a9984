/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections to a PostgreSQL database, between the files store/postgresql*.c,
 * which are a module of their own: the rest of p11mux is reached by services
 * alone. */
#ifndef STORE_POSTGRESQL_PRIVATE_H
#define STORE_POSTGRESQL_PRIVATE_H

#include "store/store-private.h"

/* libpq's own, so that this needs none of its headers. */
struct pg_conn;
struct pg_result;

/* The server ends a statement after the first time; after the second one it
 * counts as gone. */
enum { STATEMENT_MS = 1000, ANSWER_MS = 3000, UPGRADE_MS = 20000 };

/* One search for each set of columns, with and without the others. */
enum { N_SEARCH_SETS = 1 << (N_COLUMNS + 1) };

struct postgresql_link {
    struct link base;
    struct pg_conn *connection;
    bool is_prepared[N_STATEMENTS];
    bool is_search_prepared[N_SEARCH_SETS];
    struct pg_result *results[N_STATEMENTS]; /* lent until `finish` */
};

/* Values as they are sent: binary. */
struct postgresql_values {
    const char *values[STATEMENT_MAX_FIELDS];
    int lengths[STATEMENT_MAX_FIELDS];
    int formats[STATEMENT_MAX_FIELDS];
    uint64_t numbers[STATEMENT_MAX_FIELDS];
    unsigned n;
};

static inline const struct store_services *
services_of(const struct link *link)
{
    return link->store->services;
}

/* False: longer than PostgreSQL takes. The bytes are lent. */
bool postgresql_values_add(struct postgresql_values *values,
                           const struct field *field);
struct field postgresql_field(const struct pg_result *result, int row,
                              int column);

/*
 * Sends SQL without values, or runs what was prepared, and waits for the
 * answer. Whatever comes is in *out, which the caller clears; NULL: no answer
 * came in time. True: it is no error.
 */
bool postgresql_execute(struct postgresql_link *link, const char *sql,
                        unsigned wait_ms, struct pg_result **out);
bool postgresql_run(struct postgresql_link *link, const char *name,
                    const struct postgresql_values *values,
                    struct pg_result **out);

/* Prepares it at its first use. */
enum store_result postgresql_prepare(struct postgresql_link *link,
                                     const char *name, const char *sql,
                                     bool *is_prepared);

/* Whether the error has that SQLSTATE. */
bool postgresql_is(const struct pg_result *result, const char *state);

/* Of an error, or NULL where no answer came. Says it and gives what it is to
 * the store. */
enum store_result postgresql_fail(struct postgresql_link *link,
                                  const struct pg_result *result);

bool postgresql_check(struct store *store, struct error *error);
enum store_result postgresql_open(struct store *store, struct link **out);
void postgresql_close(struct link *link);

/* Brings it to this release's version, as SQLite's. */
enum store_result postgresql_schema_upgrade(struct postgresql_link *link);

/* Whether it is to be read, where it is moved. */
enum store_result postgresql_schema_check(struct postgresql_link *link);

/* Begins a transaction that writes, the only one, on tables that are still of
 * this release, and not moved elsewhere. */
enum store_result postgresql_schema_begin(struct postgresql_link *link);

enum store_result postgresql_find(struct link *link, uint64_t life,
                                  const struct row_query *query,
                                  found_row found, void *context);

#endif
