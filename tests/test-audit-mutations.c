/* SPDX-License-Identifier: BSD-3-Clause */
/* What somebody may do to a signed log, at random: all of it is found, with
 * the line where it was done. */
#include "audit/signer.h"
#include "audit/verify.h"
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

enum {
    LINES = 2000,
    N_ACTIVE = 16,
    CHECKPOINTS = 10,
    ROUNDS = 200,
    ROUNDS_SANITIZED = 40
};

/* Of each mutation, and of the log: more where P11MUX_TEST_ROUNDS and
 * P11MUX_TEST_LINES say so. */
static unsigned n_rounds = ROUNDS;
static unsigned n_lines = LINES;
static unsigned step; /* lines between two checkpoints */

/* A log as it was written, its file with all checkpoints, and its key. */
static struct audit_log original;
static const char *path;
static struct note_key *key;
static struct chance chance = { 77 };

static void
begin(void)
{
    const char *rounds = getenv("P11MUX_TEST_ROUNDS");
    const char *lines = getenv("P11MUX_TEST_LINES");
    const char *sanitizers = getenv("P11MUX_SANITIZERS");
    struct error error = { 0 };

    if (sanitizers != NULL && strcmp(sanitizers, "no") != 0)
        n_rounds = ROUNDS_SANITIZED;
    if (rounds != NULL)
        n_rounds = (unsigned)strtoul(rounds, NULL, 10);
    if (lines != NULL)
        n_lines = (unsigned)strtoul(lines, NULL, 10);
    cr_assert_geq(n_rounds, ROUNDS_SANITIZED);
    cr_assert_geq(n_lines, LINES);
    step = n_lines / CHECKPOINTS;
    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert(note_key_make("host.example/audit", &key, &error), "%s",
              error.text);
    original = audit_log_make(n_lines, N_ACTIVE, 1);
    path = audit_log_sign(&original, "log", step, key);
}

static void
end(void)
{
    audit_log_free(&original);
    note_key_free(key);
    crypto_close();
}

TestSuite(audit_mutations, .init = begin, .fini = end);

static struct verify_result
verify_since(const char *since)
{
    struct verify_request request = { &path, 1, key, since, false };
    struct verify_result result;
    struct error error = { 0 };

    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    return result;
}

/* Of the changed log beside the checkpoints of the original. */
static struct verify_result
verify(const struct audit_log *log)
{
    audit_log_write(log, log->n_lines, "log");
    return verify_since(NULL);
}

/* Whether the first finding is this line, alone or beside another one, or a
 * checkpoint's range with it where the rest says nothing. */
static bool
names(const struct verify_result *result, size_t index)
{
    const struct fault *fault = &result->findings[0].fault;
    uint64_t line = index + 1;

    if (result->n_findings == 0)
        return false;
    if (fault->kind == FAULT_DIFFERENT)
        return fault->line <= line && line <= fault->other &&
               fault->other - fault->line < step;
    if (fault->kind == FAULT_MISSING)
        return fault->other < line && line <= fault->line;
    if (fault->kind == FAULT_CUT)
        return fault->other < line && line <= fault->other + step;
    return fault->line == line || fault->other == line;
}

static bool
has(const struct verify_result *result, enum fault_kind kind)
{
    for (size_t i = 0; i < result->n_findings; i++)
        if (result->findings[i].fault.kind == kind)
            return true;
    return false;
}

#define EXPECT_NAMED(result, ...)                                              \
    cr_expect(__VA_ARGS__, "%s",                                               \
              (result).n_findings > 0 ? (result).findings[0].text : "nothing")

static bool
is_last_of_run(size_t index)
{
    for (size_t i = index + 1; i < original.n_lines; i++)
        if (original.runs[i] == original.runs[index])
            return false;
    return true;
}

Test(audit_mutations, leave_an_untouched_log_alone)
{
    struct verify_result result = verify(&original);

    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_expect_eq(result.n_covered, n_lines);
    cr_expect_eq(result.n_checkpoints, CHECKPOINTS);
}

Test(audit_mutations, flip_a_bit)
{
    unsigned n_ranges = 0;

    for (unsigned round = 0; round < n_rounds; round++) {
        size_t at = chance_below(&chance, n_lines);
        size_t byte = chance_below(&chance, strlen(original.lines[at]));
        char mask = (char)(1 << chance_below(&chance, 7));
        struct verify_result result;

        original.lines[at][byte] ^= mask;
        /* A line end or a NUL splits the line: another mutation. */
        if (original.lines[at][byte] != '\n' &&
            original.lines[at][byte] != '\0') {
            result = verify(&original);
            EXPECT_NAMED(result, names(&result, at));
            if (result.findings[0].fault.kind == FAULT_DIFFERENT) {
                cr_expect(is_last_of_run(at) || byte < 60);
                n_ranges++;
            }
        }
        original.lines[at][byte] ^= mask;
    }
    cr_expect_lt(n_ranges, n_rounds / 10);
}

Test(audit_mutations, delete_a_line)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        size_t at = chance_below(&chance, n_lines);
        struct audit_log changed = audit_log_share(&original);
        struct verify_result result;

        audit_log_remove(&changed, at);
        result = verify(&changed);
        EXPECT_NAMED(result, names(&result, at));
        if (!is_last_of_run(at))
            cr_expect_eq(result.findings[0].fault.kind, FAULT_MISSING);
        cr_expect(has(&result, FAULT_CUT));
        free(changed.lines);
        free(changed.runs);
    }
}

/* A record that is made to fit the run that wrote line `at`. */
static char *
forge(size_t at)
{
    struct tree_hash before;
    char run[33] = "";
    uint64_t n = strtoull(strstr(original.lines[at], "\"n\":") + 4, NULL, 10);

    memcpy(run, original.lines[at] + strlen("{\"v\":1,\"run\":\""), 32);
    cr_assert(tree_hash_leaf(original.lines[at], strlen(original.lines[at]),
                             &before));
    return audit_record(run, n + 1, &before, "sign", &chance);
}

Test(audit_mutations, insert_a_forged_line)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        /* Behind the last one it is what the group may append. */
        size_t at = chance_below(&chance, n_lines - 1);
        struct audit_log changed = audit_log_share(&original);
        CLEANUP(freep) char *forged = forge(at);
        struct verify_result result;

        audit_log_insert(&changed, at + 1, forged);
        result = verify(&changed);
        EXPECT_NAMED(result, names(&result, at + 1));
        free(changed.lines);
        free(changed.runs);
    }
}

Test(audit_mutations, duplicate_a_line)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        size_t from = chance_below(&chance, n_lines);
        size_t to = chance_below(&chance, n_lines + 1);
        struct audit_log changed = audit_log_share(&original);
        size_t copied = from + (to <= from ? 1 : 0);
        struct verify_result result;

        audit_log_insert(&changed, to, original.lines[from]);
        result = verify(&changed);
        /* Which of two equal lines is the copy, nobody can say. */
        EXPECT_NAMED(result, names(&result, to) || names(&result, copied));
        free(changed.lines);
        free(changed.runs);
    }
}

Test(audit_mutations, swap_two_lines)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        size_t a = chance_below(&chance, n_lines);
        size_t b =
            round % 2 == 0 ? (a + 1) % n_lines : chance_below(&chance, n_lines);
        struct audit_log changed = audit_log_share(&original);
        struct verify_result result;

        if (a != b) {
            changed.lines[a] = original.lines[b];
            changed.lines[b] = original.lines[a];
            result = verify(&changed);
            EXPECT_NAMED(result, names(&result, a) || names(&result, b));
        }
        free(changed.lines);
        free(changed.runs);
    }
}

Test(audit_mutations, cut_it_off_at_the_end)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        size_t length = chance_below(&chance, n_lines);
        struct verify_result result;

        audit_log_write(&original, length, "log");
        /* Every second time in the middle of a line. */
        if (round % 2 == 1 && length > 0) {
            FILE *stream = fopen(path, "r+");

            cr_assert_not_null(stream);
            cr_assert_eq(fseek(stream, -20, SEEK_END), 0);
            cr_assert_eq(ftruncate(fileno(stream), ftell(stream)), 0);
            cr_assert_eq(fclose(stream), 0);
        }
        result = verify_since(NULL);
        EXPECT_NAMED(result, has(&result, FAULT_CUT));
    }
}

Test(audit_mutations, cut_it_off_at_the_front)
{
    for (unsigned round = 0; round < n_rounds; round++) {
        size_t cut = 1 + chance_below(&chance, n_lines - step);
        struct audit_log rest = { original.lines + cut, original.runs + cut,
                                  original.n_lines - cut };
        struct verify_result result = verify(&rest);
        const struct fault *fault = &result.findings[0].fault;

        EXPECT_NAMED(result,
                     (fault->kind == FAULT_MISSING && fault->other == 0 &&
                      fault->line < step) ||
                         (fault->kind == FAULT_DIFFERENT && fault->line == 1));
        EXPECT_NAMED(result, has(&result, FAULT_CUT));
    }
}

Test(audit_mutations, splice_two_logs)
{
    struct audit_log second = audit_log_make(n_lines, N_ACTIVE, 2);

    for (unsigned round = 0; round < n_rounds; round++) {
        size_t at = chance_below(&chance, n_lines);
        struct audit_log spliced = audit_log_share(&original);
        struct verify_result result;
        const struct fault *fault = &result.findings[0].fault;

        memcpy(spliced.lines + at, second.lines + at,
               (n_lines - at) * sizeof(char *));
        result = verify(&spliced);
        EXPECT_NAMED(result, names(&result, at) ||
                                 (fault->line > at && fault->line < at + step));
        free(spliced.lines);
        free(spliced.runs);
    }
    audit_log_free(&second);
}

/* The old files with all that lay beside them. */
Test(audit_mutations, roll_it_back)
{
    const char *kept = fixture_copy(fixture_path("log.checkpoint"), "kept");

    for (unsigned round = 0; round < n_rounds / 10; round++) {
        struct audit_log older = audit_log_share(&original);
        struct verify_result result;

        older.n_lines = 1 + chance_below(&chance, n_lines - 1);
        cr_assert_eq(unlink(fixture_path("log.checkpoints")), 0);
        cr_assert_eq(unlink(fixture_path("log.checkpoint")), 0);
        cr_assert_eq(unlink(fixture_path("log.tree")), 0);
        audit_log_sign(&older, "log", step, key);
        cr_expect_eq(verify_since(NULL).n_findings, 0);
        result = verify_since(kept);
        EXPECT_NAMED(result, has(&result, FAULT_ROLLED_BACK));
        free(older.lines);
        free(older.runs);
    }
}

Test(audit_mutations, sign_it_with_another_key)
{
    struct note_key *own = key;
    struct error error = { 0 };
    struct note_key *forged;
    struct verify_result result;

    cr_assert(note_key_make("host.example/audit", &forged, &error));
    cr_assert_eq(unlink(fixture_path("log.checkpoints")), 0);
    cr_assert_eq(unlink(fixture_path("log.checkpoint")), 0);
    cr_assert_eq(unlink(fixture_path("log.tree")), 0);
    original.lines[5][200] ^= 1;
    audit_log_sign(&original, "log", step, forged);
    result = verify_since(NULL);
    EXPECT_NAMED(result, has(&result, FAULT_SIGNATURE));
    cr_expect_eq(result.n_covered, 0);
    key = forged;
    cr_expect_not(has(&(struct verify_result[]){ verify_since(NULL) }[0],
                      FAULT_SIGNATURE));
    key = own;
    note_key_free(forged);
}
