/* SPDX-License-Identifier: BSD-3-Clause */
/* What signers do where something went wrong before, or others are at work. */
#include "audit/signer.h"
#include "audit/verify.h"
#include "common/cleanup.h"
#include "tests/audit-reader.h"
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct audit_log lines;
static const char *path;
static struct signer_request request;
static struct signer_result result;
static struct error error;

/* Another signer, which is done as soon as somebody waits for it. */
static int at_work = -1;

int __wrap_nanosleep(const struct timespec *time, struct timespec *left);

int
__wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time;
    (void)left;
    cr_assert_eq(flock(at_work, LOCK_UN), 0);
    at_work = -1;
    return 0;
}

static void
begin(void)
{
    cr_assert(crypto_open(&error), "%s", error.text);
    lines = audit_log_make(100, 3, 1);
    path = audit_log_sign(&lines, "log", 50, NULL);
    request = (struct signer_request){ .path = path, .origin = "host/log" };
}

static void
end(void)
{
    audit_log_free(&lines);
    crypto_close();
}

TestSuite(audit_signer, .init = begin, .fini = end, .timeout = 60);

static bool
sign(void)
{
    error = (struct error){ 0 };
    return signer_run(&request, &result, &error);
}

static void
append(const char *name, const char *text)
{
    FILE *stream = fopen(fixture_path("%s", name), "a");

    cr_assert_not_null(stream);
    (void)fputs(text, stream);
    (void)fclose(stream);
}

static void
append_record(const char *event)
{
    static const struct tree_hash none;
    static unsigned n;
    struct chance chance = { 7 + n };
    CLEANUP(freep)
    char *line =
        audit_record(fixture_text("%032x", n++), 0, &none, event, &chance);

    append("log", line);
    append("log", "\n");
}

static void
check(uint64_t n_checkpoints, uint64_t n_covered)
{
    struct verify_request asked = { .paths = &path, .n_paths = 1 };
    struct verify_result verified;

    cr_assert(verify_run(&asked, &verified, &error), "%s", error.text);
    cr_assert_eq(verified.n_findings, 0, "%s", verified.findings[0].text);
    cr_assert_eq(verified.n_checkpoints, n_checkpoints);
    cr_assert_eq(verified.n_covered, n_covered);
}

/* What a signer that is killed may leave at the end of the list. */
Test(audit_signer, takes_half_a_checkpoint_off)
{
    static const char *const halves[] = {
        "host/log\n",
        "host/log\n110\n",
        "host/log\n110\nnot base 64",
        "host/log\n110\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
    };

    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        append("log.checkpoints", halves[i]);
        append_record("sign");
        cr_assert(sign(), "%s", error.text);
        cr_expect(result.is_new);
        check(3 + i, 101 + i);
    }
}

/* The list has one more than what is called the last one. */
Test(audit_signer, goes_on_behind_a_checkpoint_that_was_written_in_part)
{
    fixture_run("cp", fixture_path("log.checkpoint"), fixture_path("kept"),
                NULL);
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    fixture_run("mv", fixture_path("kept"), fixture_path("log.checkpoint"),
                NULL);
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    check(4, 102);
}

/* The first one of two, of 50 lines: its size has one digit less. */
static void
leave_first(void)
{
    const char *list = fixture_path("log.checkpoints");
    struct stat entry;

    cr_assert_eq(stat(list, &entry), 0);
    cr_assert_eq(truncate(list, (entry.st_size - 1) / 2), 0);
    cr_assert_eq(unlink(fixture_path("log.checkpoint")), 0);
    cr_assert_eq(unlink(fixture_path("log.tree")), 0);
}

/* The list has the first one, and nothing is called the last one. */
Test(audit_signer, goes_on_behind_the_first_one_that_was_written_in_part)
{
    leave_first();
    cr_assert(sign(), "%s", error.text);
    cr_assert(result.is_new);
    check(2, 100);
}

/* Whoever removed it cannot have it made anew over another log. */
Test(audit_signer, holds_the_log_against_the_first_one)
{
    leave_first();
    cr_assert_eq(truncate(path, 0), 0);
    for (int i = 0; i < 60; i++)
        append_record("sign");
    cr_assert_not(sign());
}

Test(audit_signer, misses_the_last_one_where_there_were_more)
{
    cr_assert_eq(unlink(fixture_path("log.checkpoint")), 0);
    cr_assert_not(sign());
    (void)unlink(fixture_path("log.tree"));
    cr_assert_not(sign());
    cr_assert_not_null(strstr(error.text, "is not there"), "%s", error.text);
}

Test(audit_signer, leaves_a_list_with_something_else_in_it)
{
    append("log.checkpoints", "host/log\nx\ny\n\n\n");
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    cr_assert_eq(audit_count(fixture_path("log.checkpoints"), "host/"), 4);
}

Test(audit_signer, reads_all_again_where_its_state_is_none)
{
    fixture_write("log.tree", 0640, "p11mux tree 1\nsize 7\n");
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    check(3, 101);
}

Test(audit_signer, does_not_sign_what_only_tells_of_checkpoints)
{
    append_record("checkpoint");
    cr_assert(sign(), "%s", error.text);
    cr_expect(!result.is_new);
    cr_expect_eq(result.checkpoint.size, 100);
    request.is_needed = true;
    cr_assert(sign(), "%s", error.text);
    cr_expect(result.is_new);
    check(3, 101);
}

static void
note_announced(void *context, uint64_t previous)
{
    *(uint64_t *)context = previous;
    append_record("checkpoint");
}

Test(audit_signer, covers_what_is_said_of_the_checkpoint)
{
    uint64_t previous = 0;

    request.announce = note_announced;
    request.context = &previous;
    cr_assert(sign(), "%s", error.text);
    cr_expect_eq(previous, 0);
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    cr_expect_eq(previous, 100);
    cr_expect_eq(result.checkpoint.size, 102);
    check(3, 102);
}

Test(audit_signer, lets_another_one_work)
{
    CLEANUP(closep)
    int other = open(fixture_path("log.checkpoints"), O_RDONLY | O_CLOEXEC);

    cr_assert_eq(flock(other, LOCK_EX), 0);
    cr_expect(!sign());
    cr_expect_eq(result.trouble, SIGNER_BUSY);
    cr_assert_eq(flock(other, LOCK_UN), 0);
    cr_expect(sign(), "%s", error.text);
}

Test(audit_signer, waits_for_another_one_where_it_is_to)
{
    CLEANUP(closep)
    int other = open(fixture_path("log.checkpoints"), O_RDONLY | O_CLOEXEC);

    cr_assert_eq(flock(other, LOCK_EX), 0);
    at_work = other;
    request.patience_ms = 60 * 1000;
    cr_assert(sign(), "%s", error.text);
    cr_assert_eq(at_work, -1);
}

/* Of the list as it was, so that lines that are read later cover it. */
Test(audit_signer, adds_nothing_to_what_a_reader_has_limited)
{
    struct checkpoint_reader reader;
    struct checkpoint checkpoint;
    struct note note;

    cr_assert(
        checkpoint_reader_open_now(&reader, fixture_path("log.checkpoints")));
    append_record("sign");
    cr_assert(sign(), "%s", error.text);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(checkpoint_reader_next(&reader, &checkpoint, &note),
                     CHECKPOINT_FOUND);
    cr_assert_eq(checkpoint.size, 100);
    cr_assert_eq(checkpoint_reader_next(&reader, &checkpoint, &note),
                 CHECKPOINT_END);
    checkpoint_reader_close(&reader);
    check(3, 101);
}

Test(audit_signer, reads_no_more_than_it_may)
{
    for (unsigned i = 0; i < 20; i++)
        append_record("sign");
    request.most_bytes = 5000;
    cr_expect(!sign());
    cr_expect_eq(result.trouble, SIGNER_LONG);
    cr_expect_not_null(strstr(error.text, "p11mux audit checkpoint"), "%s",
                       error.text);
    check(2, 100);
    request.most_bytes = 20000;
    cr_expect(sign(), "%s", error.text);
}

Test(audit_signer, makes_files_that_the_readers_of_the_log_may_read)
{
    static const char *const names[] = { "log.checkpoints", "log.checkpoint",
                                         "log.tree" };
    struct stat entry;

    if (geteuid() != 0)
        cr_skip_test("only root gives files away");
    for (size_t i = 0; i < 3; i++)
        fixture_run("rm", fixture_path("%s", names[i]), NULL);
    fixture_run("chgrp", "4711", path, NULL);
    cr_assert(sign(), "%s", error.text);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(stat(fixture_path("%s", names[i]), &entry), 0);
        cr_expect_eq(entry.st_gid, 4711, "%s", names[i]);
        cr_expect_eq(entry.st_mode & 07777, 0640, "%s", names[i]);
    }
}

Test(audit_signer, refuses_a_list_that_others_could_change)
{
    fixture_run("chmod", "g+w", fixture_path("log.checkpoints"), NULL);
    cr_expect(!sign());
    cr_expect_not_null(strstr(error.text, "others could change it"), "%s",
                       error.text);
    fixture_run("chmod", "g-w", fixture_path("log.checkpoints"), NULL);
    if (geteuid() != 0)
        return;
    fixture_run("chown", "4711", fixture_path("log.checkpoints"), NULL);
    cr_expect(!sign());
    cr_expect_eq(result.trouble, SIGNER_REFUSED);
    /* It is theirs, in a folder of theirs. */
    fixture_run("chown", "4711", fixture_folder(), NULL);
    cr_expect(sign(), "%s", error.text);
}
