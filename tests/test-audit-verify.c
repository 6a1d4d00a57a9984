/* SPDX-License-Identifier: BSD-3-Clause */
/* What verification says of logs in several files, and of signers that are
 * given another log. */
#include "audit/signer-state.h"
#include "audit/signer.h"
#include "audit/verify.h"
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
begin(void)
{
    struct error error = { 0 };

    cr_assert(crypto_open(&error), "%s", error.text);
}

TestSuite(audit_verify, .init = begin, .fini = crypto_close);

Test(audit_verify, takes_logs_of_every_length)
{
    for (size_t n_lines = 0; n_lines < 40; n_lines++) {
        struct audit_log log = audit_log_make(n_lines, 3, n_lines);
        const char *path = audit_log_sign(&log, "every", 7, NULL);
        struct verify_result result = audit_log_verify(&path, 1);

        cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
        cr_expect_eq(result.n_covered, n_lines);
        if (n_lines > 0)
            fixture_run("rm", fixture_path("every.checkpoint"),
                        fixture_path("every.checkpoints"),
                        fixture_path("every.tree"), NULL);
        audit_log_free(&log);
    }
}

Test(audit_verify, reads_several_files_as_one_log)
{
    struct audit_log log = audit_log_make(100, 3, 1);
    struct audit_log rest = { log.lines + 60, log.runs + 60, 40 };
    const char *whole = audit_log_write(&log, 100, "whole");
    const char *paths[] = { audit_log_write(&log, 60, "first"),
                            audit_log_write(&rest, 40, "second") };
    struct verify_result one = audit_log_verify(&whole, 1);
    struct verify_result both = audit_log_verify(paths, 2);

    cr_expect_eq(both.n_findings, 0, "%s", both.findings[0].text);
    cr_expect(tree_hash_equals(&one.root, &both.root));
    log.lines[70][100] ^= 1;
    audit_log_write(&rest, 40, "second");
    both = audit_log_verify(paths, 2);
    cr_expect_eq(both.findings[0].fault.line, 71);
    cr_expect_not_null(strstr(both.findings[0].text, "second: line 11 "), "%s",
                       both.findings[0].text);
    audit_log_free(&log);
}

/* -- Signers ----------------------------------------------------------------
 */

static bool
sign(const char *path, struct signer_result *out, struct error *error)
{
    struct signer_request request = { .path = path, .origin = "host/log" };

    *error = (struct error){ 0 };
    return signer_run(&request, out, error);
}

Test(audit_verify, finds_that_a_signer_reads_only_what_is_new)
{
    struct audit_log log = audit_log_make(50, 3, 1);
    const char *path = audit_log_write(&log, 20, "log");
    struct signer_result result;
    struct error error;

    cr_assert(sign(path, &result, &error), "%s", error.text);
    cr_expect(result.is_new);
    cr_assert(sign(path, &result, &error), "%s", error.text);
    cr_expect(!result.is_new);
    /* A line that is behind it is not looked at: verification does. */
    log.lines[3][100] ^= 1;
    fixture_run("rm", fixture_path("log.tree"), NULL);
    audit_log_write(&log, 50, "log");
    cr_expect(!sign(path, &result, &error));
    cr_expect_not_null(strstr(error.text, "does not continue"), "%s",
                       error.text);
    log.lines[3][100] ^= 1;
    audit_log_write(&log, 50, "log");
    cr_assert(sign(path, &result, &error), "%s", error.text);
    cr_expect_eq(result.checkpoint.size, 50);
    audit_log_free(&log);
}

Test(audit_verify, finds_that_a_signer_refuses_a_log_that_went_back)
{
    struct audit_log log = audit_log_make(50, 3, 1);
    const char *path = audit_log_write(&log, 50, "log");
    struct signer_result result;
    struct error error;

    cr_assert(sign(path, &result, &error), "%s", error.text);
    audit_log_write(&log, 30, "log");
    cr_expect(!sign(path, &result, &error));
    cr_expect_not_null(strstr(error.text, "does not continue"), "%s",
                       error.text);
    fixture_run("rm", fixture_path("log.checkpoint"), NULL);
    cr_expect(!sign(path, &result, &error));
    cr_expect_not_null(strstr(error.text, "bring it back"), "%s", error.text);
    audit_log_free(&log);
}

Test(audit_verify, finds_that_a_signer_leaves_a_line_without_an_end)
{
    struct audit_log log = audit_log_make(2, 1, 1);
    const char *path =
        fixture_write("log", 0600, "%s\n%.90s", log.lines[0], log.lines[1]);
    struct signer_result result;
    struct error error;

    cr_assert(sign(path, &result, &error), "%s", error.text);
    cr_expect_eq(result.checkpoint.size, 1);
    fixture_write("log", 0600, "%s\n%s\n", log.lines[0], log.lines[1]);
    cr_assert(sign(path, &result, &error), "%s", error.text);
    cr_expect_eq(result.checkpoint.size, 2);
    cr_expect_eq(audit_log_verify(&path, 1).n_covered, 2);
    audit_log_free(&log);
}

Test(audit_verify, names_a_checkpoint_that_is_none)
{
    struct audit_log log = audit_log_make(50, 3, 1);
    const char *path = audit_log_sign(&log, "log", 10, NULL);
    struct verify_result result;

    fixture_run("sh", "-c", "echo x >>\"$1.checkpoints\"", "-", path, NULL);
    result = audit_log_verify(&path, 1);
    cr_expect_eq(result.n_findings, 1);
    cr_expect_eq(result.findings[0].fault.kind, FAULT_CHECKPOINT);
    cr_expect_eq(result.n_covered, 50);
    audit_log_free(&log);
}

Test(audit_verify, finds_that_a_signer_reads_the_state_of_a_release)
{
    const char *path = fixture_text("%s/tests/old/audit-0.1.0.jsonl.tree",
                                    getenv("P11MUX_SRCDIR"));
    struct signer_state state, again;
    struct error error = { 0 };

    cr_assert(signer_state_read(path, "log", &state));
    cr_expect_eq(state.tree.size, 12);
    cr_expect_eq(state.n_files, 1);
    cr_expect_str_eq(state.files[0].name, "log");
    cr_assert(signer_state_write(fixture_path("again"), &state, (gid_t)-1,
                                 &error),
              "%s", error.text);
    cr_assert(signer_state_read(fixture_path("again"), "other", &again));
    cr_expect_str_eq(again.files[0].name, "log");
    cr_expect_eq(again.files[0].offset, state.files[0].offset);
    cr_expect(tree_hash_equals(&state.files[0].last, &again.files[0].last));
    signer_state_clear(&again);
    signer_state_clear(&state);
    fixture_run("sed", "-i", "$d", fixture_path("again"), NULL);
    cr_expect(!signer_state_read(fixture_path("again"), "log", &again));
}
