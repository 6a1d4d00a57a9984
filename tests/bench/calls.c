/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What p11mux adds to a call, beside the same calls made directly, through
 * p11-kit-proxy and through pkcs11-spy: rounds of all of them by turns, the
 * best of each, as a table in Markdown.
 */
#include "tests/bench/subject.h"
#include "tests/fixture.h"

#include <stdio.h>

enum { ROUNDS = 5, N_THREADS = 3, SPY_SHARE = 200 };

static const unsigned thread_counts[N_THREADS] = { 1, 2, 8 };

static const struct row {
    enum token_kind token;
    enum work_kind work;
    long count; /* of one thread in one round */
} rows[] = {
    { TOKEN_NULL, WORK_SESSION_INFO, 500000 },
    { TOKEN_NULL, WORK_SIGN, 200000 },
    { TOKEN_NULL, WORK_OPEN_SIGN_CLOSE, 100000 },
    { TOKEN_NULL, WORK_FIND_AND_READ, 50000 },
    { TOKEN_NULL_MANY, WORK_FIND_ALL, 4 },
    { TOKEN_NULL_MANY, WORK_FIND_ONE, 20000 },
    { TOKEN_SOFTHSM, WORK_SESSION_INFO, 50000 },
    { TOKEN_SOFTHSM, WORK_SIGN, 1000 },
    { TOKEN_SOFTHSM, WORK_OPEN_SIGN_CLOSE, 1000 },
    { TOKEN_SOFTHSM, WORK_FIND_AND_READ, 500 },
};

static void
print_time(double nanoseconds)
{
    if (nanoseconds < 100)
        printf(" %.1f ns |", nanoseconds);
    else if (nanoseconds < 100000)
        printf(" %.0f ns |", nanoseconds);
    else
        printf(" %.1f ms |", nanoseconds / 1e6);
}

/* The spy writes a page about each call and a line about each object, under
 * locks of libc's: it is asked for less, and not for all objects. */
static bool
is_measured(struct subject *const subjects[CALL_WAYS], const struct row *row,
            unsigned way)
{
    return subjects[way] != NULL &&
           (way != WAY_SPY || row->work != WORK_FIND_ALL);
}

static long
count_of(const struct row *row, unsigned way, unsigned threads)
{
    return way == WAY_SPY ? row->count / (SPY_SHARE * (long)threads) + 1
                          : row->count;
}

static void
measure(struct subject *const subjects[CALL_WAYS], const struct row *row,
        unsigned threads, double best[CALL_WAYS])
{
    for (unsigned way = 0; way < CALL_WAYS; way++)
        best[way] = 1e18;
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned way = 0; way < CALL_WAYS; way++) {
            struct load load = { row->work, threads, threads,
                                 count_of(row, way, threads) };
            double result;

            if (!is_measured(subjects, row, way))
                continue;
            result = subject_measure(subjects[way], &load).cpu_ns;
            if (result < best[way])
                best[way] = result;
        }
}

static void
print_row(struct subject *const subjects[CALL_WAYS], const struct row *row,
          unsigned threads)
{
    double best[CALL_WAYS];

    measure(subjects, row, threads, best);
    printf("| %s | %s | %u |", token_name(row->token), work_name(row->work),
           threads);
    for (unsigned way = 0; way < CALL_WAYS; way++) {
        if (!is_measured(subjects, row, way))
            printf(" – |");
        else
            print_time(best[way]);
    }
    printf(" %.3f | %.1f ns | %.1f ns |\n",
           best[WAY_OPERATION] / best[WAY_DIRECT],
           best[WAY_NONE] - best[WAY_DIRECT],
           best[WAY_OPERATION] - best[WAY_NONE]);
    (void)fflush(stdout);
}

int
main(void)
{
    struct subject *subjects[CALL_WAYS] = { NULL };
    enum token_kind open = TOKEN_KINDS;

    subject_make_tokens();
    printf("| token | operation | threads |");
    for (unsigned way = 0; way < CALL_WAYS; way++)
        printf(" %s |", way_name(way));
    printf(" `operation` / direct | `none` added | `operation` added to `none` "
           "|\n|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned way = 0; way < CALL_WAYS && rows[i].token != open;
             way++) {
            subject_free(subjects[way]);
            subjects[way] = subject_new(rows[i].token, way);
        }
        open = rows[i].token;
        for (unsigned k = 0; k < N_THREADS; k++)
            print_row(subjects, &rows[i], thread_counts[k]);
    }
    for (unsigned way = 0; way < CALL_WAYS; way++)
        subject_free(subjects[way]);
    return 0;
}
