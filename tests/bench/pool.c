/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What sharing backend sessions costs and saves, as tables in Markdown:
 * operations over few backend sessions beside the same over sessions of their
 * own, how many of the token's sessions are opened for them, and the memory
 * of a virtual session; and what a group of two adds, both of which are up.
 * Rounds of what is compared by turns, the best of each.
 */
#include "tests/bench/subject.h"
#include "tests/fixture.h"

#include <stdio.h>

enum { ROUNDS = 5, N_MEMORY = 10000 };

/* One way of doing it. */
struct side {
    enum way way;
    enum work_kind work;
    unsigned threads;
    unsigned sessions;
};

static const struct row {
    const char *what;
    enum token_kind token;
    long count; /* of all threads */
    struct side side;
    struct side beside;
    enum way counted; /* WAYS: not */
} rows[] = {
    { "a pair of calls",
      TOKEN_NULL,
      400000,
      { WAY_OPERATION, WORK_SIGN, 1, 1 },
      { WAY_NONE, WORK_SIGN, 1, 1 },
      WAYS },
    { "a pair of calls",
      TOKEN_NULL,
      400000,
      { WAY_OPERATION, WORK_SIGN, 2, 2 },
      { WAY_NONE, WORK_SIGN, 2, 2 },
      WAYS },
    { "a pair of calls in a group",
      TOKEN_NULL,
      400000,
      { WAY_GROUP_NONE, WORK_SIGN, 1, 1 },
      { WAY_NONE, WORK_SIGN, 1, 1 },
      WAYS },
    { "a pair of calls in a group",
      TOKEN_NULL,
      400000,
      { WAY_GROUP, WORK_SIGN, 1, 1 },
      { WAY_OPERATION, WORK_SIGN, 1, 1 },
      WAYS },
    { "a pair of calls in a group",
      TOKEN_NULL,
      400000,
      { WAY_GROUP, WORK_SIGN, 2, 2 },
      { WAY_OPERATION, WORK_SIGN, 2, 2 },
      WAYS },
    { "a pair of calls, balanced",
      TOKEN_NULL,
      400000,
      { WAY_BALANCE_NONE, WORK_SIGN, 1, 1 },
      { WAY_NONE, WORK_SIGN, 1, 1 },
      WAYS },
    { "a pair of calls, balanced",
      TOKEN_NULL,
      400000,
      { WAY_BALANCE, WORK_SIGN, 1, 1 },
      { WAY_OPERATION, WORK_SIGN, 1, 1 },
      WAYS },
    { "a pair of calls, balanced",
      TOKEN_NULL,
      400000,
      { WAY_BALANCE, WORK_SIGN, 2, 2 },
      { WAY_OPERATION, WORK_SIGN, 2, 2 },
      WAYS },
    { "balanced over two copies",
      TOKEN_SOFTHSM,
      8000,
      { WAY_BALANCE, WORK_SIGN, 4, 4 },
      { WAY_OPERATION, WORK_SIGN, 4, 4 },
      WAYS },
    { "a session for each signature",
      TOKEN_NULL,
      200000,
      { WAY_OPERATION, WORK_OPEN_SIGN_CLOSE, 1, 1 },
      { WAY_DIRECT, WORK_OPEN_SIGN_CLOSE, 1, 1 },
      WAY_COUNTED },
    { "a session for each signature",
      TOKEN_NULL,
      200000,
      { WAY_OPERATION, WORK_OPEN_SIGN_CLOSE, 2, 2 },
      { WAY_DIRECT, WORK_OPEN_SIGN_CLOSE, 2, 2 },
      WAY_COUNTED },
    { "a session for each signature",
      TOKEN_NULL,
      200000,
      { WAY_OPERATION, WORK_OPEN_SIGN_CLOSE, 8, 8 },
      { WAY_DIRECT, WORK_OPEN_SIGN_CLOSE, 8, 8 },
      WAY_COUNTED },
    { "a session for each signature",
      TOKEN_SOFTHSM,
      4000,
      { WAY_OPERATION, WORK_OPEN_SIGN_CLOSE, 2, 2 },
      { WAY_DIRECT, WORK_SIGN, 2, 2 },
      WAY_COUNTED },
    { "10,000 sessions over 2",
      TOKEN_SOFTHSM,
      8000,
      { WAY_TWO, WORK_SIGN, 2, 10000 },
      { WAY_DIRECT, WORK_SIGN, 2, 2 },
      WAY_TWO_COUNTED },
    { "10,000 sessions over 2",
      TOKEN_SOFTHSM,
      8000,
      { WAY_TWO, WORK_SIGN, 64, 10000 },
      { WAY_DIRECT, WORK_SIGN, 2, 2 },
      WAY_TWO_COUNTED },
    { "10,000 sessions over 2",
      TOKEN_SOFTHSM_RSA,
      800,
      { WAY_TWO, WORK_SIGN, 2, 10000 },
      { WAY_DIRECT, WORK_SIGN, 2, 2 },
      WAY_TWO_COUNTED },
    { "10,000 sessions over 2",
      TOKEN_SOFTHSM_RSA,
      800,
      { WAY_TWO, WORK_SIGN, 64, 10000 },
      { WAY_DIRECT, WORK_SIGN, 2, 2 },
      WAY_TWO_COUNTED },
};

static struct load
load_of(const struct side *side, long count)
{
    return (struct load){ side->work, side->threads, side->sessions,
                          count / side->threads };
}

static void
keep_better(struct cost *best, struct cost cost)
{
    if (cost.cpu_ns < best->cpu_ns)
        best->cpu_ns = cost.cpu_ns;
    if (cost.wall_ns < best->wall_ns)
        best->wall_ns = cost.wall_ns;
}

/* The two of them by turns, in a process each. */
static void
measure(const struct row *row, struct cost best[2])
{
    const struct side *sides[2] = { &row->side, &row->beside };
    struct subject *subjects[2];

    for (unsigned i = 0; i < 2; i++) {
        subjects[i] = subject_new(row->token, sides[i]->way);
        best[i] = (struct cost){ 1e18, 1e18 };
    }
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < 2; i++) {
            struct load load = load_of(sides[i], row->count);

            keep_better(&best[i], subject_measure(subjects[i], &load));
        }
    for (unsigned i = 0; i < 2; i++)
        subject_free(subjects[i]);
}

/* Of the second of two rounds: the first one may open what it needs. */
static long
count_opened(const struct row *row)
{
    struct subject *subject;
    struct load load = load_of(&row->side, row->count);
    unsigned long before;
    long opened;

    if (row->counted == WAYS)
        return -1;
    subject = subject_new(row->token, row->counted);
    (void)subject_measure(subject, &load);
    before = subject_count_opened(subject);
    (void)subject_measure(subject, &load);
    opened = (long)(subject_count_opened(subject) - before);
    subject_free(subject);
    return opened;
}

static void
print_row(const struct row *row)
{
    struct cost best[2];
    long opened;

    measure(row, best);
    opened = count_opened(row);
    printf("| %s | %s, %u threads | %s, %s, %u threads | %.0f ns | %.0f ns | "
           "%.1f ns | %.1f %% | %.1f %% |",
           token_name(row->token), row->what, row->side.threads,
           way_name(row->beside.way), work_name(row->beside.work),
           row->beside.threads, best[0].cpu_ns, best[1].cpu_ns,
           best[0].cpu_ns - best[1].cpu_ns,
           100 * best[1].cpu_ns / best[0].cpu_ns,
           100 * best[1].wall_ns / best[0].wall_ns);
    if (opened < 0)
        printf(" – |\n");
    else
        printf(" %ld |\n", opened);
    (void)fflush(stdout);
}

static void
print_memory(void)
{
    static const enum way ways[] = { WAY_NONE, WAY_OPERATION };

    printf("\n| %d sessions | bytes each, opened | after a signature |\n"
           "|---|---|---|\n",
           N_MEMORY);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct subject *subject = subject_new(TOKEN_NULL, ways[i]);
        double opened, signed_;

        opened = subject_measure_memory(subject, N_MEMORY, false);
        subject_free(subject);
        subject = subject_new(TOKEN_NULL, ways[i]);
        signed_ = subject_measure_memory(subject, N_MEMORY, true);
        subject_free(subject);
        printf("| %s | %.0f | %.0f |\n", way_name(ways[i]), opened, signed_);
    }
}

int
main(void)
{
    subject_make_tokens();
    printf("| token | pooled | beside | CPU | beside | added | rate by CPU | "
           "rate by clock | opened |\n|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        print_row(&rows[i]);
    print_memory();
    return 0;
}
