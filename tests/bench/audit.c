/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a record of the audit log costs the call that it is of, beside the same
 * call without, a bare write of as many bytes, and pkcs11-spy with its log: as
 * tables in Markdown.
 */
#include "tests/bench/subject.h"
#include "tests/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, N_BARE = 100000, N_KEYS = 100000, SPY_SHARE = 50 };

static double
least(double a, double b)
{
    return a < b ? a : b;
}

static struct cost
measure(struct subject *subject, const struct load *load)
{
    struct cost best = { 1e18, 1e18 };

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct cost cost = subject_measure(subject, load);

        best.cpu_ns = least(best.cpu_ns, cost.cpu_ns);
        best.wall_ns = least(best.wall_ns, cost.wall_ns);
    }
    return best;
}

/* -- A record and a bare write -------------------------------------------- */

static off_t
size_of(const char *path)
{
    struct stat entry;

    return stat(path, &entry) == 0 ? entry.st_size : 0;
}

/* How long a write of so many bytes takes, to a file beside the log. */
static double
measure_bare(size_t length)
{
    int file = open(fixture_path("bare"),
                    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    char *bytes = calloc(1, length);
    double best = 1e18;

    memset(bytes, 'x', length);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct timespec begin, end;

        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        for (unsigned i = 0; i < N_BARE; i++)
            if (write(file, bytes, length) != (ssize_t)length)
                fixture_fail("a bare write failed");
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        best = least(best, ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
                            (double)(end.tv_nsec - begin.tv_nsec)) /
                               N_BARE);
    }
    free(bytes);
    close(file);
    return best;
}

static void
print_record(void)
{
    struct load load = { WORK_SIGN, 1, 1, 50000 };
    struct load spied = { WORK_SIGN, 1, 1, 50000 / SPY_SHARE };
    struct subject *off = subject_new(TOKEN_NULL, WAY_OPERATION);
    struct subject *on = subject_new(TOKEN_NULL, WAY_AUDITED);
    struct subject *spy = subject_new(TOKEN_NULL, WAY_SPY_FILE);
    off_t before = size_of(subject_audit_path(WAY_AUDITED));
    double audited = measure(on, &load).cpu_ns;
    size_t length =
        (size_t)((size_of(subject_audit_path(WAY_AUDITED)) - before) /
                 (ROUNDS * (load.count + 1)));
    double plain = measure(off, &load).cpu_ns, bare = measure_bare(length);
    double through_spy = spy == NULL ? 0 : measure(spy, &spied).cpu_ns;

    printf("| SignInit + Sign on the null token | CPU |\n|---|---|\n"
           "| audit off | %.0f ns |\n| audit `write` | %.0f ns |\n"
           "| added by a record of %zu bytes | %.0f ns |\n"
           "| a bare write of %zu bytes | %.0f ns |\n"
           "| added over the bare write | %.0f ns |\n"
           "| pkcs11-spy, its log in a file | %.0f ns |\n\n",
           plain, audited, length, audited - plain, length, bare,
           audited - plain - bare, through_spy);
    subject_free(off);
    subject_free(on);
    subject_free(spy);
}

/* -- Rates ---------------------------------------------------------------- */

static void
measure_rate(enum way way, unsigned processes, unsigned threads, long count)
{
    struct load load = { WORK_SIGN, threads, threads, count };
    struct subject *subjects[2] = { NULL };
    struct cost best = { 1e18, 1e18 };

    for (unsigned i = 0; i < processes; i++)
        subjects[i] = subject_new(TOKEN_NULL, way);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct cost cost = processes == 2
                               ? subject_measure_both(subjects, &load)
                               : subject_measure(subjects[0], &load);

        best.cpu_ns = least(best.cpu_ns, cost.cpu_ns);
        best.wall_ns = least(best.wall_ns, cost.wall_ns);
    }
    printf("| %s | %u | %u | %.0f ns | %.0f |\n", way_name(way), processes,
           threads, best.cpu_ns, processes * 1e9 / best.wall_ns);
    (void)fflush(stdout);
    for (unsigned i = 0; i < processes; i++)
        subject_free(subjects[i]);
}

static void
print_rates(void)
{
    printf("| null token | processes | threads each | CPU | records a second "
           "|\n|---|---|---|---|---|\n");
    measure_rate(WAY_AUDITED, 1, 1, 50000);
    measure_rate(WAY_AUDITED, 1, 8, 10000);
    measure_rate(WAY_AUDITED, 2, 1, 50000);
    measure_rate(WAY_AUDITED, 2, 8, 10000);
    measure_rate(WAY_AUDITED_DISK, 1, 1, 500);
    measure_rate(WAY_AUDITED_DISK, 1, 64, 500);
    measure_rate(WAY_AUDITED_BUFFER, 1, 1, 50000);
    measure_rate(WAY_AUDITED_BUFFER, 2, 1, 50000);
    printf("\n");
}

/* -- What a key is -------------------------------------------------------- */

static void
print_first_use(enum way way)
{
    struct load load = { WORK_SIGN_EACH, 1, 1, N_KEYS - 1 };
    struct subject *subject = subject_new(TOKEN_NULL_MANY, way);
    double first = subject_measure(subject, &load).cpu_ns;

    printf("| %s | %.0f ns | %.0f ns |\n", way_name(way), first,
           measure(subject, &load).cpu_ns);
    subject_free(subject);
}

static void
print_description(void)
{
    printf("| each of 100,000 keys of the null token signs | first use | later "
           "|\n|---|---|---|\n");
    print_first_use(WAY_OPERATION);
    print_first_use(WAY_AUDITED);
    printf("\n");
}

/* -- A real token --------------------------------------------------------- */

static const enum way real_ways[] = { WAY_DIRECT, WAY_OPERATION, WAY_AUDITED,
                                      WAY_AUDITED_BUFFER, WAY_SPY_FILE };

enum { REAL_WAYS = sizeof(real_ways) / sizeof(real_ways[0]) };

static void
measure_by_turns(struct subject *const subjects[REAL_WAYS], unsigned threads,
                 struct cost best[REAL_WAYS])
{
    struct load load = { WORK_SIGN, threads, threads, 1000 };

    for (unsigned way = 0; way < REAL_WAYS; way++)
        best[way] = (struct cost){ 1e18, 1e18 };
    for (unsigned round = 0; round < 2 * ROUNDS; round++)
        for (unsigned way = 0; way < REAL_WAYS; way++) {
            struct cost cost;

            if (subjects[way] == NULL)
                continue;
            cost = subject_measure(subjects[way], &load);
            best[way].cpu_ns = least(best[way].cpu_ns, cost.cpu_ns);
            best[way].wall_ns = least(best[way].wall_ns, cost.wall_ns);
        }
}

static void
print_softhsm(void)
{
    struct subject *subjects[REAL_WAYS];
    struct cost best[REAL_WAYS];

    for (unsigned way = 0; way < REAL_WAYS; way++)
        subjects[way] = subject_new(TOKEN_SOFTHSM, real_ways[way]);
    printf("| SoftHSM, P-256, SignInit + Sign | threads | CPU | rate by CPU | "
           "rate by clock |\n|---|---|---|---|---|\n");
    for (unsigned threads = 1; threads <= 2; threads++) {
        measure_by_turns(subjects, threads, best);
        for (unsigned way = 0; way < REAL_WAYS; way++)
            if (subjects[way] != NULL)
                printf("| %s | %u | %.0f ns | %.1f %% | %.1f %% |\n",
                       way_name(real_ways[way]), threads, best[way].cpu_ns,
                       100 * best[0].cpu_ns / best[way].cpu_ns,
                       100 * best[0].wall_ns / best[way].wall_ns);
    }
    for (unsigned way = 0; way < REAL_WAYS; way++)
        subject_free(subjects[way]);
}

int
main(void)
{
    subject_make_tokens();
    print_record();
    print_rates();
    print_description();
    print_softhsm();
    return 0;
}
