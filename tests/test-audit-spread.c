/* SPDX-License-Identifier: BSD-3-Clause */
/* What somebody may do to a log with older files and to its manifest, at
 * random: all of it is found, with the file and the line where it was done. */
#include "audit/manifest.h"
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/rotated.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_FILES = 4, PER_FILE = 300, STEP = 100, ROUNDS = 100 };

static const char *const names[N_FILES] = { "log.1", "log.2", "log.3", "log" };
static struct chance chance = { 99 };

/* The lines of each file, as they were written. */
static struct audit_log files[N_FILES];

static void
begin(void)
{
    rotated_begin();
    for (size_t i = 0; i < N_FILES; i++) {
        for (size_t done = 0; done < PER_FILE; done += STEP) {
            rotated_write(STEP);
            rotated_sign();
        }
        files[i] =
            (struct audit_log){ rotated_lines.lines + i * PER_FILE,
                                rotated_lines.runs + i * PER_FILE, PER_FILE };
        if (i + 1 < N_FILES)
            cr_assert_str_eq(rotated_rotate(), names[i]);
    }
    rotated_check((uint64_t)N_FILES * PER_FILE);
}

TestSuite(audit_spread, .init = begin, .fini = rotated_end);

/* Whether the first finding is of this line, counted over all files, or of the
 * lines between two checkpoints with it. */
static void
expect_named(const struct verify_result *result, size_t file, size_t index)
{
    const struct verify_finding *finding = &result->findings[0];
    uint64_t line = file * PER_FILE + index + 1;
    const struct fault *fault = &finding->fault;
    bool is_named = fault->line == line || fault->other == line;

    cr_assert_gt(result->n_findings, 0);
    if (fault->kind == FAULT_DIFFERENT)
        is_named = fault->line <= line && line <= fault->other &&
                   fault->other - fault->line < STEP;
    else if (fault->kind == FAULT_MISSING)
        is_named = fault->other < line && line <= fault->line;
    cr_expect(is_named, "line %lu: %s", (unsigned long)line, finding->text);
    if (fault->kind == FAULT_CHANGED && fault->line == line)
        cr_expect_not_null(strstr(finding->text,
                                  fixture_text("%s: line %zu ",
                                               fixture_path("%s", names[file]),
                                               index + 1)),
                           "%s", finding->text);
}

Test(audit_spread, flip_a_bit)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t file = chance_below(&chance, N_FILES);
        size_t at = chance_below(&chance, PER_FILE);
        char *line = files[file].lines[at];
        size_t byte = chance_below(&chance, strlen(line));
        struct verify_result result;

        line[byte] ^= 1;
        if (line[byte] != '\n' && line[byte] != '\0') {
            audit_log_write(&files[file], PER_FILE, names[file]);
            result = rotated_verify();
            expect_named(&result, file, at);
        }
        line[byte] ^= 1;
        audit_log_write(&files[file], PER_FILE, names[file]);
    }
    rotated_check((uint64_t)N_FILES * PER_FILE);
}

Test(audit_spread, delete_a_line)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t file = chance_below(&chance, N_FILES);
        size_t at = chance_below(&chance, PER_FILE);
        struct audit_log changed = audit_log_share(&files[file]);
        struct verify_result result;

        audit_log_remove(&changed, at);
        audit_log_write(&changed, changed.n_lines, names[file]);
        result = rotated_verify();
        /* One of an older file moves the beginnings of those behind it. */
        cr_expect_gt(result.n_findings, 0);
        if (result.findings[0].fault.kind == FAULT_MISSING)
            expect_named(&result, file, at);
        audit_log_write(&files[file], PER_FILE, names[file]);
        free(changed.lines);
        free(changed.runs);
    }
}

Test(audit_spread, exchange_lines_of_two_files)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t file = chance_below(&chance, N_FILES - 1);
        size_t at = chance_below(&chance, PER_FILE);
        size_t to = chance_below(&chance, PER_FILE);
        struct audit_log a = audit_log_share(&files[file]);
        struct audit_log b = audit_log_share(&files[file + 1]);
        struct verify_result result;

        a.lines[at] = files[file + 1].lines[to];
        b.lines[to] = files[file].lines[at];
        audit_log_write(&a, PER_FILE, names[file]);
        audit_log_write(&b, PER_FILE, names[file + 1]);
        result = rotated_verify();
        expect_named(&result, file, at);
        audit_log_write(&files[file], PER_FILE, names[file]);
        audit_log_write(&files[file + 1], PER_FILE, names[file + 1]);
        free(a.lines);
        free(a.runs);
        free(b.lines);
        free(b.runs);
    }
}

Test(audit_spread, exchange_two_files)
{
    for (size_t i = 0; i + 1 < N_FILES; i++) {
        struct verify_result result;

        audit_log_write(&files[i], PER_FILE, names[i + 1]);
        audit_log_write(&files[i + 1], PER_FILE, names[i]);
        result = rotated_verify();
        cr_expect_gt(result.n_findings, 0);
        cr_expect_eq(result.n_covered, i * PER_FILE);
        audit_log_write(&files[i], PER_FILE, names[i]);
        audit_log_write(&files[i + 1], PER_FILE, names[i + 1]);
    }
}

/* -- The manifest -----------------------------------------------------------
 */

/* Verifies with a manifest that was changed: what is found, or an error; or it
 * still says the truth, and all of the log is right. */
static void
expect_no_false_word(const struct manifest *changed)
{
    const char *path = fixture_path("log.manifest");
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      true };
    struct verify_result result;
    struct error error = { 0 };

    cr_assert(manifest_write(path, changed, (gid_t)-1, &error));
    if (!verify_run(&request, &result, &error) || result.n_findings > 0)
        return;
    cr_expect_eq(result.n_absent, 0);
    cr_expect_eq(result.n_lines, N_FILES * PER_FILE);
    cr_expect_eq(result.n_covered, N_FILES * PER_FILE);
}

Test(audit_spread, change_the_manifest)
{
    const char *path = fixture_path("log.manifest");
    const char *good = fixture_copy(path, "good");

    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
        struct manifest manifest;
        struct error error = { 0 };
        bool is_there;
        size_t segment;
        char *name;

        cr_assert(manifest_read(good, &manifest, &is_there, &error));
        segment = chance_below(&chance, manifest.n_segments);
        switch (round % 4) {
        case 0:
            manifest.segments[segment].file =
                chance_below(&chance, manifest.n_names + 1);
            break;
        case 1:
            if (segment > 0)
                manifest.segments[segment].first -=
                    1 + chance_below(&chance, PER_FILE - 1);
            break;
        case 2:
            name = manifest.names[0];
            manifest.names[0] = manifest.names[1 + round / 4 % 2];
            manifest.names[1 + round / 4 % 2] = name;
            break;
        default:
            free(manifest.segments[manifest.n_segments - 1].before);
            manifest.n_segments--;
        }
        expect_no_false_word(&manifest);
        manifest_clear(&manifest);
    }
}

/* Nodes that are wrong, where they are needed. */
Test(audit_spread, change_the_tree_before_what_is_left)
{
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      true };

    cr_assert_eq(unlink(fixture_path("log.1")), 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *path = fixture_path("log.manifest");
        struct verify_result result;
        struct manifest manifest;
        struct error error = { 0 };
        bool is_there;
        unsigned level;

        cr_assert(manifest_read(path, &manifest, &is_there, &error));
        do {
            level = (unsigned)chance_below(&chance, 10);
        } while ((manifest.segments[1].first >> level & 1) == 0);
        manifest.segments[1].before->peaks[level].bytes[round % 32] ^= 1;
        cr_assert(manifest_write(path, &manifest, (gid_t)-1, &error));
        cr_assert(verify_run(&request, &result, &error));
        cr_expect_gt(result.n_findings, 0);
        cr_expect_eq(result.n_covered, 0);
        manifest.segments[1].before->peaks[level].bytes[round % 32] ^= 1;
        cr_assert(manifest_write(path, &manifest, (gid_t)-1, &error));
        manifest_clear(&manifest);
    }
    cr_expect_eq(rotated_verify().findings[0].fault.kind, FAULT_ABSENT);
}
