/* SPDX-License-Identifier: BSD-3-Clause */
/* What the store of certificates costs with a hundred thousand in it, as a
 * table in Markdown. */
#include "tests/bench/certificates.h"
#include "tests/store-fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { N_CERTIFICATES = 100000, N_AT_ONCE = 20000 };
enum { N_SEARCHES = 20000, N_OPENED = 50, N_CREATED = 500 };

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

/* Sorts the times. */
static double
percentile(size_t n, double share)
{
    qsort(times, n, sizeof(times[0]), compare);
    return times[(size_t)((double)(n - 1) * share)];
}

static void
print(const char *what, size_t n)
{
    printf("| %s | %.1f µs | %.1f µs |\n", what, percentile(n, 0.5),
           percentile(n, 0.99));
    (void)fflush(stdout);
}

/* -- Filling -------------------------------------------------------------- */

static void
fill(void)
{
    double begin, spent = 0;
    static struct bench_certificate certificates[N_AT_ONCE];
    static struct store_object objects[N_AT_ONCE];
    static uint64_t numbers[N_AT_ONCE];

    for (unsigned done = 0; done < N_CERTIFICATES; done += N_AT_ONCE) {
        for (unsigned i = 0; i < N_AT_ONCE; i++) {
            bench_certificate_make(done + i, &certificates[i]);
            objects[i] = (struct store_object){ certificates[i].attributes,
                                                BENCH_ATTRIBUTES };
        }
        begin = now();
        if (store_create_many(store, life, objects, N_AT_ONCE, numbers) !=
            STORE_DONE)
            fixture_fail("the store cannot be filled");
        spent += now() - begin;
        for (unsigned i = 0; i < N_AT_ONCE; i++)
            bench_certificate_clear(&certificates[i]);
    }
    printf("| %d made in one step, in a second | %.0f | |\n", N_AT_ONCE,
           N_CERTIFICATES / (spent / 1e6));
}

/* -- Searching ------------------------------------------------------------ */

struct asked {
    const char *what;
    unsigned attributes[3]; /* of bench_certificate, and a class */
    CK_ULONG count;
};

static const struct asked asked[] = {
    { "found by id", { BENCH_IDENT }, 1 },
    { "found by class and id", { BENCH_CLASS, BENCH_IDENT }, 2 },
    { "found by subject", { BENCH_SUBJECT }, 1 },
    { "found by issuer and serial number", { BENCH_ISSUER, BENCH_SERIAL }, 2 },
    { "found by value", { BENCH_VALUE }, 1 },
    { "found by class, type and subject",
      { BENCH_CLASS, BENCH_TYPE, BENCH_SUBJECT },
      3 },
};

static void
search(const struct asked *what)
{
    for (unsigned i = 0; i < N_SEARCHES; i++) {
        struct bench_certificate certificate;
        CK_ATTRIBUTE template[3];
        uint64_t *numbers;
        size_t n;

        bench_certificate_make((unsigned)((uint64_t)i * 7919U % N_CERTIFICATES),
                               &certificate);
        for (CK_ULONG k = 0; k < what->count; k++)
            template[k] = certificate.attributes[what->attributes[k]];
        times[i] = now();
        if (store_find(store, life, template, what->count, &numbers, &n) !=
                STORE_DONE ||
            n != 1)
            fixture_fail("%s: %zu are found", what->what, n);
        times[i] = now() - times[i];
        free(numbers);
        bench_certificate_clear(&certificate);
    }
    print(what->what, N_SEARCHES);
}

/* -- Opening and making --------------------------------------------------- */

static void
open_and_count(void)
{
    for (unsigned i = 0; i < N_OPENED; i++) {
        const struct store_owner owner = { "token", NULL };
        struct store *opened;
        uint64_t found;

        times[i] = now();
        opened = store_open();
        if (store_find_life(opened, &owner, &found, NULL) != STORE_DONE)
            fixture_fail("the store cannot be opened");
        times[i] = now() - times[i];
        store_free(opened);
    }
    print("opened, and a token found", N_OPENED);
}

/* What the disk takes for the same number of bytes, appended. */
static double
sync_alone(void)
{
    static unsigned char page[3 * 4096];
    int file =
        open(fixture_path("synced"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    for (unsigned i = 0; i < N_CREATED; i++)
        if (pwrite(file, page, sizeof(page), i * (off_t)sizeof(page)) < 0)
            fixture_fail("a file cannot be written");
    (void)fsync(file);
    for (unsigned i = 0; i < N_CREATED; i++) {
        times[i] = now();
        if (pwrite(file, page, sizeof(page), i * (off_t)sizeof(page)) < 0 ||
            fdatasync(file) != 0)
            fixture_fail("a file cannot be written");
        times[i] = now() - times[i];
    }
    (void)close(file);
    print("write of 12 KiB and fdatasync", N_CREATED);
    return percentile(N_CREATED, 0.5);
}

static void
create_each(double alone)
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
    print("made, on the disk", N_CREATED);
    printf("| made, times one fdatasync | %.2f | |\n",
           percentile(N_CREATED, 0.5) / alone);
}

int
main(void)
{
    bench_certificates_begin();
    store_setup();
    printf("| %d certificates | p50 | p99 |\n|---|---|---|\n", N_CERTIFICATES);
    fill();
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        search(&asked[i]);
    open_and_count();
    create_each(sync_alone());
    store_finish();
    bench_certificates_end();
    return 0;
}
