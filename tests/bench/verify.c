/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records of an audit log are verified in a second of one processor,
 * and how much memory that takes, as a table in Markdown. */
#include "audit/verify.h"
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ROUNDS = 5, N_ACTIVE = 16 };

static const size_t sizes[] = { 20000, 200000, 1000000 };

static double
now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The shortest time of some rounds. */
static double
measure(const struct verify_request *request, size_t n_lines)
{
    double best = 1e9;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct verify_result result;
        struct error error = { 0 };
        double begin = now();
        double taken;

        if (!verify_run(request, &result, &error))
            fixture_fail("%s", error.text);
        taken = now() - begin;
        if (result.n_findings > 0 || result.n_lines != n_lines ||
            result.n_covered != n_lines)
            fixture_fail("the log is not verified");
        best = taken < best ? taken : best;
    }
    return best;
}

/* Records in parts, so that what is verified is never in memory. */
static const char *
make(size_t n_lines, const struct note_key *key)
{
    const char *path = fixture_path("%zu", n_lines);
    FILE *stream = fopen(path, "w");
    const size_t part = 20000;

    if (stream == NULL)
        fixture_fail("%s cannot be written", path);
    for (size_t done = 0; done < n_lines; done += part) {
        struct audit_log log = audit_log_make(part, N_ACTIVE, done + 1);

        for (size_t i = 0; i < part; i++)
            (void)fprintf(stream, "%s\n", log.lines[i]);
        audit_log_free(&log);
    }
    if (fclose(stream) != 0)
        fixture_fail("%s cannot be written", path);
    audit_log_continue(path, key);
    return path;
}

static void
measure_and_print(size_t n_lines, const struct note_key *key)
{
    const char *path = make(n_lines, key);
    struct verify_request request = { &path, 1, key, NULL, false };
    double seconds = measure(&request, n_lines);
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    printf("| %zu | %.0f | %.2f µs | %ld KiB |\n", n_lines,
           (double)n_lines / seconds, seconds * 1e6 / (double)n_lines,
           used.ru_maxrss);
    (void)fflush(stdout);
}

int
main(void)
{
    struct note_key *key;
    struct error error = { 0 };

    if (!crypto_open(&error) || !note_key_make("host/audit", &key, &error))
        fixture_fail("%s", error.text);
    printf("| records | verified in a second | each | memory so far |\n"
           "|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        measure_and_print(sizes[i], key);
    note_key_free(key);
    crypto_close();
    return 0;
}
