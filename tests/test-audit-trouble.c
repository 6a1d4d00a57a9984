/* SPDX-License-Identifier: BSD-3-Clause */
/* Logs whose file or folder is taken away: what becomes of records, and that it
 * is said once each time. */
#include "tests/audited.h"
#include "tests/child.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *folder;

/* In a folder of its own. */
static struct config *
configure(void)
{
    struct config *config = audited_configure();

    folder = fixture_path("logs");
    cr_assert_eq(mkdir(folder, 0755), 0);
    audited_path = fixture_path("logs/audit.jsonl");
    free(config->audit.file);
    config->audit.file = strdup(audited_path);
    return config;
}

static void
setup(void)
{
    audited_start(configure());
}

TestSuite(audit_trouble, .init = setup, .fini = audited_finish, .timeout = 60);
TestSuite(audit_trouble_settings, .timeout = 60);

static size_t
count_said(const char *said, const char *what)
{
    size_t n = 0;

    while ((said = strstr(said, what)) != NULL) {
        said += strlen(what);
        n++;
    }
    return n;
}

/* Once the path is looked at again. */
static CK_RV
sign_later(void)
{
    router_clock_move(10);
    return audited_sign();
}

Test(audit_trouble, a_folder_that_was_moved_keeps_its_log)
{
    const char *moved = fixture_path("moved");
    const char *said;

    router_clock_stop();
    heard_begin();
    cr_assert_eq(rename(folder, moved), 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(sign_later(), CKR_OK);
    said = heard_end();
    cr_assert_eq(count_said(said, "p11mux: error"), 1, "%s", said);
    cr_assert_not_null(strstr(said, "logs"), "%s", said);
    cr_assert_eq(audit_count(fixture_path("moved/audit.jsonl"), AUDITED_SIGNED),
                 3);
    /* Once it is back all is well, and the next time it is said again. */
    cr_assert_eq(rename(moved, folder), 0);
    heard_begin();
    cr_assert_eq(sign_later(), CKR_OK);
    cr_assert_eq(rename(folder, moved), 0);
    cr_assert_eq(sign_later(), CKR_OK);
    said = heard_end();
    cr_assert_eq(count_said(said, "p11mux: error"), 1, "%s", said);
}

Test(audit_trouble, a_folder_that_was_removed_denies)
{
    const char *said;
    char *line;

    heard_begin();
    cr_assert_eq(unlink(audited_path), 0);
    cr_assert_eq(rmdir(folder), 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    said = heard_end();
    cr_assert_eq(count_said(said, "p11mux: error"), 2, "%s", said);
    cr_assert_eq(count_said(said, "cannot be written: No such file"), 1);
    cr_assert_eq(mkdir(folder, 0755), 0);
    cr_assert_eq(audited_sign(), CKR_OK);
    line = audit_find(audited_path, "\"event\":\"deny\"");
    cr_assert_not_null(strstr(line, "{\"calls\":2,"), "%s", line);
    cr_assert_not_null(strstr(line, "\"reason\":\"No such file"), "%s", line);
    free(line);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

Test(audit_trouble, a_file_that_anybody_may_write_takes_no_record)
{
    struct stat entry;
    const char *said;
    int descriptor;

    heard_begin();
    cr_assert_eq(unlink(audited_path), 0);
    descriptor = open(audited_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(fchmod(descriptor, 0666), 0);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    said = heard_end();
    cr_assert_eq(count_said(said, "everybody may write it"), 1, "%s", said);
    cr_assert_eq(count_said(said, "cannot be written: Permission"), 1);
    cr_assert_eq(fstat(descriptor, &entry), 0);
    cr_assert_eq(entry.st_size, 0);
    cr_assert_eq(fchmod(descriptor, 0600), 0);
    (void)close(descriptor);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

/* -- A folder in which a process may make nothing ------------------------- */

static void
give_up_rights(void)
{
    toy_fork();
    CHILD_EXPECT(setgid(65534) == 0 && setuid(65534) == 0);
    CHILD_EXPECT(audited_sign() == CKR_OK);
}

static void
lose_the_file(void)
{
    give_up_rights();
    CHILD_EXPECT(audited_sign() == CKR_OK);
    /* Its parent takes the file away, and it may not make another. */
    (void)raise(SIGSTOP);
    CHILD_EXPECT(audited_sign() == CKR_FUNCTION_FAILED);
    CHILD_EXPECT(audited_sign() == CKR_FUNCTION_FAILED);
}

Test(audit_trouble_settings, a_folder_that_may_only_be_read_denies)
{
    struct config *config = configure();
    pid_t child;
    int status;

    if (geteuid() != 0)
        cr_skip_test("only root can give up privileges");
    cr_assert_eq(chmod(fixture_path("."), 0755), 0);
    config->follows_forks = true;
    audited_start(config);
    child = child_fork(lose_the_file);
    cr_assert_eq(waitpid(child, &status, WUNTRACED), child);
    cr_assert(WIFSTOPPED(status));
    cr_assert_eq(unlink(audited_path), 0);
    cr_assert_eq(kill(child, SIGCONT), 0);
    cr_assert(child_is_content(child));
    audited_finish();
}
