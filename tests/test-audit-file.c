/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of the audit log when the host, the disk or a fork come in
 * between. */
#include "audit/verify.h"
#include "common/crypto.h"
#include "tests/audited.h"
#include "tests/child.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(audit_file, .init = audited_setup, .fini = audited_finish,
          .timeout = 60);
TestSuite(audit_file_settings, .timeout = 60);

/* -- The file ------------------------------------------------------------- */

Test(audit_file, the_file_is_not_for_everybody)
{
    struct stat entry;

    cr_assert_eq(stat(audited_path, &entry), 0);
    cr_assert_eq(entry.st_mode & 07777, 0640);
}

Test(audit_file, a_file_that_was_moved_away_is_begun_anew)
{
    const char *old = fixture_path("audit.jsonl.1");

    router_clock_stop();
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(rename(audited_path, old), 0);
    router_clock_move(9);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(old, AUDITED_SIGNED), 2, "not looked at yet");
    router_clock_move(1);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(old, AUDITED_SIGNED), 2);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

Test(audit_file, a_file_that_was_removed_is_begun_anew_at_once)
{
    router_clock_stop();
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(unlink(audited_path), 0);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

Test(audit_file, after_a_write_that_failed_the_path_is_looked_at)
{
    const char *old = fixture_path("audit.jsonl.1");

    router_clock_stop();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_limit(0);
    cr_assert_eq(rename(audited_path, old), 0);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(old, AUDITED_SIGNED), 1);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
    audited_unlimit();
}

/* The descriptor of the log, among those from 200 on. */
static int
find_descriptor(void)
{
    struct stat wanted, entry;

    cr_assert_eq(stat(audited_path, &wanted), 0);
    for (int i = 200; i < 400; i++)
        if (fstat(i, &entry) == 0 && entry.st_ino == wanted.st_ino &&
            entry.st_dev == wanted.st_dev)
            return i;
    fixture_fail("the log is not open");
}

Test(audit_file, a_descriptor_that_the_host_closed_is_noticed)
{
    cr_assert_eq(close(find_descriptor()), 0);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
}

Test(audit_file, a_descriptor_that_the_host_reused_gets_nothing)
{
    const char *other = fixture_write("of-the-host", 0600, "untouched");
    int descriptor = find_descriptor();
    int its = open(other, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct stat entry;

    cr_assert_eq(dup2(its, descriptor), descriptor);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
    cr_assert_eq(fstat(descriptor, &entry), 0, "it is still the host's");
    cr_assert_eq(entry.st_size, (off_t)strlen("untouched"));
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(fstat(descriptor, &entry), 0, "and nobody closed it");
}

/* -- What cannot be written ----------------------------------------------- */

Test(audit_file, what_cannot_be_recorded_is_not_answered)
{
    char *line;

    cr_assert_eq(audited_sign(), CKR_OK);
    audited_limit(0);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 2);
    line = audit_find(audited_path, "\"event\":\"lost\"");
    cr_assert_not_null(strstr(line, "\"detail\":{\"records\":1,\"since\":\""));
    cr_assert_not_null(strstr(line, "\"reason\":\"File too large\"}"));
    free(line);
}

Test(audit_file, half_a_line_is_closed_off)
{
    size_t n_runs, n_torn = 0;
    const char *trouble;

    audited_limit(100);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    trouble = audit_check(audited_path, &n_runs, &n_torn);
    cr_assert_null(trouble, "%s", trouble);
    cr_assert_eq(n_torn, 1);
    cr_assert_eq(audit_count(audited_path, "\"event\":\"torn\""), 1);
    cr_assert_eq(audit_count(audited_path, "\"records\":1"), 1);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

Test(audit_file, half_a_line_has_the_right_reason)
{
    audited_limit(100);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(audited_path, "\"reason\":\"File too large\""), 1);
}

Test(audit_file_settings, what_cannot_be_recorded_is_answered_where_allowed)
{
    struct config *config = audited_configure();

    config->audit.denies = false;
    audited_start(config);
    audited_limit(0);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(1, "\"records\":1", 1);
    audited_finish();
}

Test(audit_file_settings, a_file_that_cannot_be_opened_is_said)
{
    struct config *config = audited_configure();
    struct error error = { .rv = CKR_OK };

    free(config->audit.file);
    config->audit.file = strdup(fixture_path("nowhere/audit.jsonl"));
    cr_assert_neq(router_try_start(config, true, &error), CKR_OK);
    cr_assert_not_null(strstr(error.text, "nowhere"), "%s", error.text);
}

Test(audit_file_settings, a_file_that_everybody_may_write_is_refused)
{
    struct config *config = audited_configure();
    struct error error = { .rv = CKR_OK };

    (void)fixture_write("audit.jsonl", 0600, "%s", "");
    cr_assert_eq(chmod(audited_path, 0666), 0);
    cr_assert_neq(router_try_start(config, true, &error), CKR_OK);
    cr_assert_not_null(strstr(error.text, "everybody may write it"), "%s",
                       error.text);
}

/* -- What others have left ------------------------------------------------ */

/* As p11mux audit verify sees it. */
static void
verify(uint64_t n_unfinished)
{
    const char *const paths[] = { audited_path };
    const struct verify_request request = { .paths = paths, .n_paths = 1 };
    struct error error = { .rv = CKR_OK };
    struct verify_result result;

    cr_assert(crypto_open(&error));
    cr_assert(verify_run(&request, &result, &error), "%s", error.text);
    cr_assert_eq(result.n_findings, 0, "%s", result.findings[0].text);
    cr_assert_eq(result.n_unfinished, n_unfinished);
    crypto_close();
}

static void
start_behind(const char *left)
{
    struct config *config = audited_configure();

    (void)fixture_write("audit.jsonl", 0640, "%s", left);
    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_finish();
}

#define SOMEBODY "{\"v\":1,\"run\":\"00112233445566778899aabbccddeeff\",\"n\":0"
#define NOBODY   "00000000000000000000000000000000"

Test(audit_file_settings, what_a_killed_process_left_is_closed_off)
{
    size_t n_runs, n_torn = 0;

    start_behind(SOMEBODY ",\"prev\":\"000");
    cr_assert_null(audit_check(audited_path, &n_runs, &n_torn));
    cr_assert_eq(n_torn, 1);
    cr_assert_eq(audit_count(audited_path,
                             "\"n\":0,\"prev\":\"" NOBODY "\",\"time\":\""),
                 1);
    cr_assert_eq(audit_count(audited_path, "\"event\":\"torn\""), 1);
    cr_assert_eq(audit_count(audited_path, "\"detail\":\"found\""), 1);
    verify(1);
}

Test(audit_file_settings, a_piece_that_nobody_claims_is_closed_off)
{
    start_behind("{\"v\":1,\"ru");
    verify(0);
}

Test(audit_file_settings, a_record_of_which_only_the_end_is_missing_is_one)
{
    start_behind(SOMEBODY ",\"prev\":\"" NOBODY
                          "\",\"time\":\"\",\"event\":\"start\","
                          "\"detail\":null}");
    audited_check(2, "\"event\":\"start\"", 2);
    verify(0);
}

Test(audit_file_settings, a_log_that_is_whole_begins_with_the_start)
{
    start_behind("");
    audited_check(1, "\"event\":\"torn\"", 0);
}

/* -- Forks ---------------------------------------------------------------- */

/* Its only thread has its number. */
static void
go_on(void)
{
    const char *its = fixture_text("\"pid\":%ld,\"tid\":%ld,", (long)getpid(),
                                   (long)getpid());

    toy_fork();
    CHILD_EXPECT(audited_sign() == CKR_OK);
    CHILD_EXPECT(audit_count(audited_path, its) > 0);
}

Test(audit_file_settings, a_child_that_goes_on_has_a_run_of_its_own)
{
    struct config *config = audited_configure();

    config->follows_forks = true;
    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert(child_run(go_on));
    cr_assert_eq(audited_sign(), CKR_OK);
    audited_check(2, AUDITED_SIGNED, 3);
    audited_check(2, "\"event\":\"start\"", 2);
    audited_finish();
}

static void
go_on_with_room(void)
{
    audited_unlimit();
    go_on();
}

/* The one who left it is not dead: both close it off. */
Test(audit_file_settings, half_a_line_is_closed_off_by_two)
{
    struct config *config = audited_configure();

    config->follows_forks = true;
    audited_start(config);
    audited_limit(100);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert(child_run(go_on_with_room));
    audited_unlimit();
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(audited_path, "\"event\":\"torn\""), 2);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 2);
    audited_finish();
    verify(0);
}

static void
go_on_as_nobody(void)
{
    toy_fork();
    CHILD_EXPECT(setgid(65534) == 0 && setuid(65534) == 0);
    CHILD_EXPECT(audited_sign() == CKR_OK);
}

Test(audit_file_settings, a_child_without_privileges_writes_to_what_it_has)
{
    struct config *config = audited_configure();

    if (geteuid() != 0)
        cr_skip_test("only root can give up privileges");
    config->follows_forks = true;
    audited_start(config);
    cr_assert(child_run(go_on_as_nobody));
    audited_check(2, AUDITED_SIGNED, 1);
    audited_check(2, "\"uid\":65534,\"user\":\"nobody\"", 2);
    audited_finish();
}

static void
do_nothing_with_it(void)
{
    CK_SESSION_INFO info;

    CHILD_EXPECT(C_GetSessionInfo(audited_session, &info) ==
                 CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(audit_file, a_child_that_was_not_initialised_writes_nothing)
{
    cr_assert(child_run(do_nothing_with_it));
    audited_check(1, "", 1); /* the start */
}
