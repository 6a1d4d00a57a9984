/* SPDX-License-Identifier: BSD-3-Clause */
/* The older files of a log, compressed, elsewhere or removed, and what is known
 * without them. */
#include "audit/proof.h"
#include "audit/source-gzip.h"
#include "audit/source.h"
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/rotated.h"

#include <criterion/criterion.h>

#include <string.h>

TestSuite(audit_older, .init = rotated_begin, .fini = rotated_end);

Test(audit_older, reads_what_was_compressed_or_is_elsewhere)
{
    struct verify_request request = { .key = rotated_key };
    const char *paths[2];
    struct verify_result result;
    struct error error = { 0 };

    rotated_write(500);
    rotated_rotate();
    rotated_write(100);
    rotated_sign();
    /* Late, and compressed before anybody has seen it. */
    rotated_write_late("log.1", 2);
    fixture_run("gzip", fixture_path("log.1"), NULL);
    rotated_sign();
    rotated_check(602);
    rotated_write(1);
    rotated_sign();
    rotated_check(603);
    fixture_make_folder("archive");
    fixture_run("mv", fixture_path("log.1.gz"), fixture_path("archive"), NULL);
    rotated_write(1);
    rotated_sign();
    cr_expect_eq(rotated_verify().findings[0].fault.kind, FAULT_ABSENT);
    paths[0] = fixture_path("archive/log.1.gz");
    paths[1] = rotated_path;
    request.paths = paths;
    request.n_paths = 2;
    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_expect_eq(result.n_covered, 604);
}

Test(audit_older, refuses_a_compressed_file_that_was_cut_off)
{
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      false };
    struct verify_result result;
    struct error error = { 0 };

    rotated_write(500);
    rotated_rotate();
    fixture_run("gzip", fixture_path("log.1"), NULL);
    fixture_run("truncate", "-s", "-2000", fixture_path("log.1.gz"), NULL);
    cr_expect(!verify_run(&request, &result, &error));
    cr_expect_not_null(strstr(error.text, "cut off"), "%s", error.text);
}

/* As in an application: what is compressed need not be read where nothing came
 * late. */
Test(audit_older, signs_beside_compressed_files_without_a_decompressor)
{
    struct signer_request request = { .path = rotated_path,
                                      .key = rotated_key };
    struct signer_result result;
    struct error error = { 0 };

    rotated_write(50);
    rotated_rotate();
    rotated_write(10);
    rotated_rotate();
    source_set_decompressor(NULL);
    fixture_run("gzip", fixture_path("log.1"), NULL);
    rotated_write(10);
    rotated_sign();
    rotated_write_late("log.2", 1);
    fixture_run("gzip", fixture_path("log.2"), NULL);
    rotated_write(10);
    cr_expect(!signer_run(&request, &result, &error));
    cr_expect_not_null(strstr(error.text, "only the tool reads"), "%s",
                       error.text);
    source_use_gzip();
    rotated_sign();
    rotated_check(81);
}

/* -- What was lost ----------------------------------------------------------
 */

Test(audit_older, reads_all_of_it_again_without_the_state)
{
    rotated_write(40);
    rotated_rotate();
    rotated_write(20);
    rotated_write_late("log.1", 3);
    rotated_sign();
    rotated_write(20);
    rotated_write_late("log.1", 2);
    rotated_sign();
    fixture_run("gzip", fixture_path("log.1"), NULL);
    fixture_run("rm", fixture_path("log.tree"), NULL);
    rotated_write(10);
    rotated_sign();
    rotated_check(95);
}

/* From where the manifest knows the tree. */
Test(audit_older, goes_on_without_the_state_and_the_oldest_file)
{
    rotated_write(40);
    rotated_rotate();
    rotated_write(20);
    rotated_rotate();
    rotated_write(20);
    rotated_sign();
    fixture_run("rm", fixture_path("log.tree"), fixture_path("log.1"), NULL);
    rotated_write(10);
    rotated_sign();
    cr_expect_eq(rotated_verify().n_covered, 90);
}

Test(audit_older, says_that_the_manifest_is_missing)
{
    struct verify_result result;
    struct error error;

    rotated_write(40);
    rotated_rotate();
    rotated_write(20);
    rotated_sign();
    fixture_run("rm", fixture_path("log.manifest"), NULL);
    cr_expect(!rotated_try(NULL, &error));
    cr_expect_not_null(strstr(error.text, "bring a copy of it back"), "%s",
                       error.text);
    result = rotated_verify();
    cr_expect_gt(result.n_findings, 0);
    cr_expect_eq(result.n_covered, 0);
}

Test(audit_older, verifies_what_is_left_and_says_what_is_not)
{
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      true };
    struct verify_result result;
    struct error error = { 0 };
    const char *kept;

    rotated_write(400);
    rotated_sign();
    kept = fixture_copy(fixture_path("log.checkpoint"), "kept");
    rotated_rotate();
    rotated_write(200);
    rotated_rotate();
    rotated_write(100);
    rotated_sign();
    rotated_write(5);
    request.since = kept;
    cr_assert(verify_run(&request, &result, &error));
    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    fixture_run("rm", fixture_path("log.1"), NULL);
    cr_expect_eq(rotated_verify().findings[0].fault.kind, FAULT_ABSENT);
    cr_expect_eq(rotated_verify().findings[0].fault.count, 400);
    request.since = NULL;
    cr_assert(verify_run(&request, &result, &error));
    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_expect_eq(result.n_absent, 400);
    cr_expect_eq(result.n_covered, 700);
    cr_expect_eq(result.n_lines, 705);
    cr_expect_gt(result.n_begun, 0);
    /* That it has grown since needs what it was. */
    request.since =
        fixture_write("before", 0600, "host.example/audit\n1\n%s\n\n",
                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    cr_expect_eq(result.findings[0].fault.kind, FAULT_ABSENT);
    cr_expect_not_null(strstr(result.findings[0].text, "has grown from it"),
                       "%s", result.findings[0].text);
    /* What is left is held against its checkpoints all the same. */
    request.since = NULL;
    fixture_run("sed", "-i", "150s/success/failure/", fixture_path("log.2"),
                NULL);
    cr_assert(verify_run(&request, &result, &error));
    cr_expect_gt(result.n_findings, 0);
    cr_expect(result.findings[0].fault.line == 550 ||
              result.findings[0].fault.kind == FAULT_DIFFERENT);
}

/* -- Proofs -----------------------------------------------------------------
 */

Test(audit_older, proves_lines_of_every_file)
{
    static const uint64_t lines[] = { 1, 57, 100, 101, 131, 132, 133, 200 };
    struct error error = { 0 };

    rotated_write(100);
    rotated_rotate();
    rotated_write(30);
    rotated_sign();
    rotated_write_late("log.1", 2);
    rotated_write(68);
    rotated_sign();
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            CLEANUP(freep) char *text = NULL;
            struct checkpoint checkpoint;
            struct tree_hash leaf;
            struct proof proof;
            struct note note;

            /* Without the older file, those behind its last one. */
            if (round == 1 && lines[i] <= 132) {
                cr_expect(
                    !proof_make(&rotated_path, 1, lines[i], &text, &error));
                continue;
            }
            cr_assert(proof_make(&rotated_path, 1, lines[i], &text, &error),
                      "%s", error.text);
            cr_assert(proof_read(text, strlen(text), &proof));
            cr_assert(note_read(proof.note, proof.note_length, &note));
            cr_assert(
                checkpoint_read(note.text, note.text_length, &checkpoint));
            cr_expect(tree_hash_leaf(proof.line, proof.line_length, &leaf) &&
                      tree_path_proves(&proof.path, checkpoint.size, &leaf,
                                       &checkpoint.root));
            proof_clear(&proof);
        }
        if (round == 0)
            fixture_run("rm", fixture_path("log.1"), NULL);
    }
}
