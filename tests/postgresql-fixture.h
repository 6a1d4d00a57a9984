/* SPDX-License-Identifier: BSD-3-Clause */
/* A PostgreSQL server of the test's own, on a socket in its folder, that ends
 * with it. */
#ifndef TESTS_POSTGRESQL_FIXTURE_H
#define TESTS_POSTGRESQL_FIXTURE_H

#include <stdint.h>

#define POSTGRESQL_USER     "p11mux"
#define POSTGRESQL_PASSWORD "s3cret/@?"
#define POSTGRESQL_IN_URL   "s3cret%2F%40%3F"

/* Makes the server's files and starts it, if that was not done. */
void postgresql_prepare_server(void);

void postgresql_start(void);

/* At once, with all its connections. */
void postgresql_stop(void);

/* The password as a url has it. */
const char *postgresql_url(const char *user, const char *password);

/* The number that it answers, 0 where there is none; an error fails the test.
 */
int64_t postgresql_ask(const char *sql);

/* What is in a file. */
void postgresql_run_file(const char *path);

/* Somebody else, who stays in a transaction. */
struct postgresql;
struct postgresql *postgresql_hold(const char *sql);
void postgresql_release(struct postgresql *held);

#endif
