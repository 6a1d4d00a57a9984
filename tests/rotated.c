/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes a log with older files. */
#include "tests/rotated.h"

#include "audit/source-gzip.h"
#include "common/cleanup.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <string.h>

enum { N_LINES = 3000, N_OTHERS = 300 };

const char *rotated_path;
struct note_key *rotated_key;
struct audit_log rotated_lines;
struct audit_log rotated_others;

/* A forked child has no key that its parent read. */
static char key_text[NOTE_KEY_TEXT_LENGTH];

static size_t n_written;
static size_t n_late;

void
rotated_begin(void)
{
    struct error error = { 0 };

    cr_assert(crypto_open(&error), "%s", error.text);
    source_use_gzip();
    cr_assert(note_key_make("host.example/audit", &rotated_key, &error), "%s",
              error.text);
    cr_assert(note_key_write_secret(rotated_key, key_text));
    rotated_lines = audit_log_make(N_LINES, 4, 11);
    rotated_others = audit_log_make(N_OTHERS, 2, 12);
    rotated_path = fixture_write("log", 0600, "%s", "");
    n_written = n_late = 0;
}

void
rotated_end(void)
{
    audit_log_free(&rotated_lines);
    audit_log_free(&rotated_others);
    note_key_free(rotated_key);
    crypto_close();
}

void
rotated_write(size_t n_lines)
{
    cr_assert_leq(n_written + n_lines, N_LINES);
    audit_log_append(&rotated_lines, n_written, n_written + n_lines,
                     rotated_path);
    n_written += n_lines;
}

void
rotated_write_late(const char *name, size_t n_lines)
{
    cr_assert_leq(n_late + n_lines, N_OTHERS);
    audit_log_append(&rotated_others, n_late, n_late + n_lines,
                     fixture_path("%s", name));
    n_late += n_lines;
}

bool
rotated_try(const char *moved, struct error *error)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    struct rotation_request request = { .signer.path = rotated_path,
                                        .moved = moved };
    struct rotation_result result = { .path = NULL };
    bool is_done;

    *error = (struct error){ 0 };
    is_done = note_key_read("the key", key_text, &key, error);
    request.signer.key = key;
    is_done = is_done && rotation_run(&request, &result, error);
    free(result.path);
    return is_done;
}

const char *
rotated_rotate(void)
{
    struct rotation_request request = { .signer = { .path = rotated_path,
                                                    .key = rotated_key } };
    struct rotation_result result;
    struct error error = { 0 };
    const char *name;

    cr_assert(rotation_run(&request, &result, &error), "%s", error.text);
    cr_assert_not_null(result.path);
    cr_expect_eq(result.signed_as.checkpoint.size, n_written + n_late);
    name = fixture_text("%s", strrchr(result.path, '/') + 1);
    free(result.path);
    return name;
}

void
rotated_sign(void)
{
    audit_log_continue(rotated_path, rotated_key);
}

struct verify_result
rotated_verify(void)
{
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      false };
    struct verify_result result;
    struct error error = { 0 };

    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    return result;
}

void
rotated_check(uint64_t n_covered)
{
    struct verify_result result = rotated_verify();

    cr_expect_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_expect_eq(result.n_lines, n_written + n_late);
    cr_expect_eq(result.n_covered, n_covered);
}
