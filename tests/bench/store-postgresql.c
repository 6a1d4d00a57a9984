/* SPDX-License-Identifier: BSD-3-Clause */
/* What the store of certificates costs in a PostgreSQL server on this machine,
 * beside one round trip to it, as a table in Markdown. */
#include "tests/bench/certificates.h"
#include "tests/postgresql-fixture.h"
#include "tests/store-fixture.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N_CERTIFICATES = 20000, N_AT_ONCE = 1000 };
enum { N_SEARCHES = 5000, N_CREATED = 500 };

static double times[N_SEARCHES];

static double
now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
print(const char *what, size_t n)
{
    qsort(times, n, sizeof(times[0]), compare);
    printf("| %s | %.1f µs | %.1f µs |\n", what, times[n / 2],
           times[(n - 1) * 99 / 100]);
    (void)fflush(stdout);
}

static void
fill(void)
{
    static struct bench_certificate certificates[N_AT_ONCE];
    static struct store_object objects[N_AT_ONCE];
    static uint64_t numbers[N_AT_ONCE];
    double begin = now();

    for (unsigned done = 0; done < N_CERTIFICATES; done += N_AT_ONCE) {
        for (unsigned i = 0; i < N_AT_ONCE; i++) {
            bench_certificate_make(done + i, &certificates[i]);
            objects[i] = (struct store_object){ certificates[i].attributes,
                                                BENCH_ATTRIBUTES };
        }
        if (store_create_many(store, life, objects, N_AT_ONCE, numbers) !=
            STORE_DONE)
            fixture_fail("the store cannot be filled");
        for (unsigned i = 0; i < N_AT_ONCE; i++)
            bench_certificate_clear(&certificates[i]);
    }
    printf("| %d made in one step, in a second | %.0f | |\n", N_AT_ONCE,
           N_CERTIFICATES / ((now() - begin) / 1e6));
}

/* The least that can be asked of the server, as the store asks. */
static void
ask_nothing(void)
{
    PGconn *connection =
        PQconnectdb(postgresql_url(POSTGRESQL_USER, POSTGRESQL_IN_URL));

    PQclear(PQprepare(connection, "nothing", "SELECT 1", 0, NULL));
    for (unsigned i = 0; i < N_SEARCHES; i++) {
        PGresult *answer;

        times[i] = now();
        answer = PQexecPrepared(connection, "nothing", 0, NULL, NULL, NULL, 1);
        times[i] = now() - times[i];
        if (PQresultStatus(answer) != PGRES_TUPLES_OK)
            fixture_fail("%s", PQerrorMessage(connection));
        PQclear(answer);
    }
    PQfinish(connection);
    print("one round trip (SELECT 1)", N_SEARCHES);
}

/* What the server has counted by now: each statement outside of a transaction
 * is one of its own. */
static int64_t
count_transactions(void)
{
    return postgresql_ask("SELECT pg_stat_clear_snapshot(); "
                          "SELECT xact_commit FROM pg_stat_database "
                          "WHERE datname = 'postgres'");
}

static void
search(const char *what, const unsigned *attributes, CK_ULONG count)
{
    for (unsigned i = 0; i < N_SEARCHES; i++) {
        struct bench_certificate certificate;
        CK_ATTRIBUTE template[2];
        uint64_t *numbers;
        size_t n;

        bench_certificate_make(i * 7919U % N_CERTIFICATES, &certificate);
        for (CK_ULONG k = 0; k < count; k++)
            template[k] = certificate.attributes[attributes[k]];
        times[i] = now();
        if (store_find(store, life, template, count, &numbers, &n) !=
                STORE_DONE ||
            n != 1)
            fixture_fail("%s: %zu are found", what, n);
        times[i] = now() - times[i];
        free(numbers);
        bench_certificate_clear(&certificate);
    }
    print(what, N_SEARCHES);
}

/* Statistics of a connection are the server's at its end, at the latest. */
static void
search_all(void)
{
    int64_t before;

    store_free(store);
    before = count_transactions();
    store = store_open();
    search("found by id", (const unsigned[]){ BENCH_IDENT }, 1);
    search("found by subject", (const unsigned[]){ BENCH_SUBJECT }, 1);
    search("found by issuer and serial number",
           (const unsigned[]){ BENCH_ISSUER, BENCH_SERIAL }, 2);
    store_free(store);
    printf("| statements, for each search | %.3f | |\n",
           (double)(count_transactions() - before) / (3.0 * N_SEARCHES));
    store = store_open();
}

static void
create_each(void)
{
    for (unsigned i = 0; i < N_CREATED; i++) {
        struct bench_certificate certificate;
        uint64_t number;

        bench_certificate_make(N_CERTIFICATES + i, &certificate);
        times[i] = now();
        if (store_create(store, life, certificate.attributes, BENCH_ATTRIBUTES,
                         &number) != STORE_DONE)
            fixture_fail("a certificate cannot be made");
        times[i] = now() - times[i];
        bench_certificate_clear(&certificate);
    }
    print("made, by a server that does not sync", N_CREATED);
}

int
main(void)
{
    bench_certificates_begin();
    store_setup();
    printf("| %d certificates in PostgreSQL | p50 | p99 |\n|---|---|---|\n",
           N_CERTIFICATES);
    fill();
    ask_nothing();
    search_all();
    create_each();
    store_finish();
    bench_certificates_end();
    return 0;
}
