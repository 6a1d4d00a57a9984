/* SPDX-License-Identifier: BSD-3-Clause */
/* What verification says of lines that are not whole, wherever the write that
 * left them has ended. */
#include "audit/verify.h"
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static const char run_a[33] = "0123456789abcdef0123456789abcdef";
static const char run_b[33] = "fedcba9876543210fedcba9876543210";
static const char run_c[33] = "00112233445566778899aabbccddeeff";

/* How every record begins, and how much of it says whose it is. */
static const int mark = (int)sizeof("{\"v\":1,\"run\":\"") - 1;
static const int told = (int)sizeof("{\"v\":1,\"run\":\"") - 1 + 32;

/* Records of three runs: of run a its first one, the one that its process has
 * begun to write, what the process says of that, and what it would have gone on
 * with; of the others their first ones, and the word of run b that it has found
 * a piece. */
static struct {
    char *start;
    char *piece;
    char *torn;
    char *stop;        /* behind `torn` */
    char *same;        /* in the place of `piece` */
    char *behind_same; /* and the next one */
    char *other;
    char *found;
    char *third;
    int length; /* of `piece` */
} records;

static char *
next(const char run[33], uint64_t n, struct tree_hash *last, const char *event)
{
    static struct chance chance = { 5 };
    char *line = audit_record(run, n, last, event, &chance);

    cr_assert(tree_hash_leaf(line, strlen(line), last));
    return line;
}

static void
begin(void)
{
    const struct tree_hash none = { .bytes = { 0 } };
    struct tree_hash last = none, before;
    struct error error = { 0 };

    cr_assert(crypto_open(&error), "%s", error.text);
    records.start = next(run_a, 0, &last, "start");
    before = last;
    records.piece = next(run_a, 1, &last, "sign");
    last = before;
    records.torn = next(run_a, 1, &last, "torn");
    records.stop = next(run_a, 2, &last, "stop");
    last = before;
    records.same = next(run_a, 1, &last, "sign");
    records.behind_same = next(run_a, 2, &last, "sign");
    last = none;
    records.other = next(run_b, 0, &last, "start");
    last = none;
    records.found = next(run_b, 0, &last, "torn");
    last = none;
    records.third = next(run_c, 0, &last, "start");
    records.length = (int)strlen(records.piece);
}

static void
end(void)
{
    char **all[] = { &records.start,       &records.piece, &records.torn,
                     &records.stop,        &records.same,  &records.other,
                     &records.behind_same, &records.found, &records.third };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(*all[i]);
    crypto_close();
}

/* The next length at which the beginning of a record may be taken for something
 * else: while it is too short to say whose it is, around brackets, and at the
 * end; and some others. */
static int
longer(int length, const char *record)
{
    int whole = (int)strlen(record);

    for (length++; length > told && length + 1 < whole; length++)
        if (length % 31 == 0 || strchr("{}", record[length]) != NULL ||
            strchr("{}", record[length - 1]) != NULL)
            break;
    return length;
}

TestSuite(audit_torn, .init = begin, .fini = end);

/* -- Whose process is there ------------------------------------------------ */

#define EXPECT_GOOD(path, unfinished)                                          \
    expect_good(__LINE__, length, path, unfinished)

static void
expect_good(int at, int length, const char *path, uint64_t n_unfinished)
{
    struct verify_result result = audit_log_verify(&path, 1);

    cr_assert_eq(result.n_findings, 0, "line %d, %d bytes: %s", at, length,
                 result.findings[0].text);
    cr_assert_eq(result.n_unfinished, n_unfinished,
                 "line %d, %d bytes: %lu unfinished", at, length,
                 (unsigned long)result.n_unfinished);
}

Test(audit_torn, goes_on_behind_a_piece_that_is_explained)
{
    for (int length = 1; length <= records.length;
         length = longer(length, records.piece)) {
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s\n%s\n%s\n",
                                  records.start, length, records.piece,
                                  records.torn, records.stop),
                    0);
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s%s\n\n%s\n%s\n",
                                  records.start, length, records.piece,
                                  records.other, records.torn, records.stop),
                    0);
    }
}

/* Two tries that end early, then one that does not. */
Test(audit_torn, takes_one_explanation_for_all_that_a_process_left)
{
    for (int length = 1; length <= records.length;
         length = longer(length, records.piece))
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s\n%.*s%s\n\n%s\n%s\n",
                                  records.start, length, records.piece, length,
                                  records.torn, records.other, records.torn,
                                  records.stop),
                    0);
}

/* With the piece alone, and all of it but the line end. */
static void
expect_named(int length, enum fault_kind kind, const char *path)
{
    struct verify_result result = audit_log_verify(&path, 1);

    cr_assert_eq(result.n_findings, 1, "%d bytes", length);
    cr_assert_eq(result.findings[0].fault.kind, kind, "%d bytes: %s", length,
                 result.findings[0].text);
    cr_assert_eq(result.findings[0].fault.line, 2);
}

Test(audit_torn, names_a_piece_that_nobody_explains)
{
    for (int length = told; length <= records.length;
         length = longer(length, records.piece))
        expect_named(length,
                     records.piece[length - 1] == '}' ? FAULT_CHANGED
                                                      : FAULT_TORN,
                     fixture_write("log", 0600, "%s\n%.*s%s\n%s\n%s\n",
                                   records.start, length, records.piece,
                                   records.other, records.same,
                                   records.behind_same));
}

Test(audit_torn, names_a_last_line_without_an_end)
{
    for (int length = 1; length <= records.length;
         length = longer(length, records.piece))
        expect_named(length, FAULT_TORN,
                     fixture_write("log", 0600, "%s\n%.*s", records.start,
                                   length, records.piece));
}

Test(audit_torn, names_what_is_no_beginning_of_a_record)
{
    expect_named(0, FAULT_TORN,
                 fixture_write("log", 0600, "%s\nnonsense\n%s\n", records.start,
                               records.other));
    expect_named(0, FAULT_TORN,
                 fixture_write("log", 0600, "%s\n{\"v\":1,\"run\":\"x%s\n",
                               records.start, records.other));
}

/* -- Whose process was killed ---------------------------------------------- */

Test(audit_torn, takes_what_a_killed_process_left)
{
    for (int length = 1; length <= records.length;
         length = longer(length, records.piece))
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s%s\n", records.start,
                                  length, records.piece, records.other),
                    1);
}

/* What says whose it is is judged by how that run goes on. */
Test(audit_torn, takes_what_a_killed_process_left_and_the_next_one_found)
{
    for (int length = 1; length <= records.length;
         length = longer(length, records.piece))
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s\n%s\n", records.start,
                                  length, records.piece, records.found),
                    length >= told && length < records.length);
}

Test(audit_torn, takes_what_two_killed_processes_left_in_one_line)
{
    for (int length = 1; length < records.length;
         length = longer(length, records.piece))
        for (int second = 1 + length % 7; second < (int)strlen(records.other);
             second += second < told ? 7 : 61)
            EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.*s%.*s%s\n",
                                      records.start, length, records.piece,
                                      second, records.other, records.third),
                        second < mark ? 1 : 2);
}

/* It was ended by another process, and then where it would have said so. */
Test(audit_torn, takes_what_a_process_left_that_was_killed_as_it_said_so)
{
    for (int length = 0; length <= (int)strlen(records.torn);
         length = longer(length, records.torn))
        EXPECT_GOOD(fixture_write("log", 0600, "%s\n%.60s%s\n\n%.*s%s\n",
                                  records.start, records.piece, records.other,
                                  length, records.torn, records.third),
                    length == 0 ? 2 : 3);
}

/* The line end behind it was taken away. */
Test(audit_torn, names_a_record_that_another_one_stands_behind)
{
    expect_named(0, FAULT_CHANGED,
                 fixture_write("log", 0600, "%s\n%s%s\n%s\n", records.start,
                               records.same, records.other,
                               records.behind_same));
    expect_named(0, FAULT_CHANGED,
                 fixture_write("log", 0600, "%s\n%s%s\n", records.start,
                               records.start, records.other));
    expect_named(0, FAULT_CHANGED,
                 fixture_write("log", 0600, "%s\n%s%s\n", records.start,
                               records.stop, records.other));
}
