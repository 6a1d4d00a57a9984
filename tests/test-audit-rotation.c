/* SPDX-License-Identifier: BSD-3-Clause */
/* A log that goes on in other files: one tree, whatever comes late, is moved
 * by others, or is interrupted. */
#include "tests/fixture.h"
#include "tests/rotated.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(audit_rotation, .init = rotated_begin, .fini = rotated_end);

static bool
exists(const char *name)
{
    return access(fixture_path("%s", name), F_OK) == 0;
}

Test(audit_rotation, makes_one_tree_over_all_files)
{
    rotated_write(100);
    cr_expect_str_eq(rotated_rotate(), "log.1");
    rotated_check(100);
    rotated_write(50);
    rotated_sign();
    rotated_write(50);
    cr_expect_str_eq(rotated_rotate(), "log.2");
    rotated_write(7);
    rotated_check(200);
    rotated_sign();
    rotated_check(207);
    cr_expect(exists("log.1") && exists("log.2"));
}

Test(audit_rotation, leaves_an_empty_log_and_a_short_one_alone)
{
    struct rotation_request request = { .signer = { .path = rotated_path,
                                                    .key = rotated_key } };
    struct rotation_result result;
    struct error error = { 0 };

    cr_assert(rotation_run(&request, &result, &error), "%s", error.text);
    cr_expect_null(result.path);
    rotated_write(10);
    request.least = 1024 * 1024;
    cr_assert(rotation_run(&request, &result, &error), "%s", error.text);
    cr_expect_null(result.path);
    cr_expect_eq(result.signed_as.checkpoint.size, 10);
    request.least = 1024;
    cr_assert(rotation_run(&request, &result, &error), "%s", error.text);
    cr_expect_not_null(result.path);
    free(result.path);
}

Test(audit_rotation, keeps_owner_group_and_mode)
{
    struct stat before, after;

    rotated_write(3);
    cr_assert_eq(chmod(rotated_path, 0660), 0);
    if (geteuid() == 0)
        cr_assert_eq(chown(rotated_path, 65534, 65534), 0);
    cr_assert_eq(stat(rotated_path, &before), 0);
    rotated_rotate();
    cr_assert_eq(stat(rotated_path, &after), 0);
    cr_expect_eq(after.st_mode, before.st_mode);
    cr_expect_eq(after.st_uid, before.st_uid);
    cr_expect_eq(after.st_gid, before.st_gid);
    cr_expect_eq(after.st_size, 0);
    cr_expect_neq(after.st_ino, before.st_ino);
}

/* A process may have looked at the path before, and write after. */
Test(audit_rotation, takes_in_lines_that_come_late)
{
    rotated_write(40);
    rotated_rotate();
    rotated_write_late("log.1", 3);
    rotated_write(20);
    rotated_check(40);
    rotated_sign();
    rotated_check(63);
    rotated_write(5);
    rotated_write_late("log.1", 2);
    rotated_sign();
    rotated_check(70);
    rotated_rotate();
    rotated_write_late("log.2", 1);
    rotated_write_late("log.1", 1);
    rotated_write(1);
    rotated_check(70);
    rotated_sign();
    rotated_check(73);
}

/* What is behind a line without its end is no line before that has come. */
Test(audit_rotation, waits_for_the_end_of_a_late_line)
{
    const char *line = rotated_others.lines[0];

    rotated_write(10);
    rotated_rotate();
    fixture_run("sh", "-c", "printf %s \"$1\" | head -c 200 >>\"$2\"", "-",
                line, fixture_path("log.1"), NULL);
    rotated_write(5);
    rotated_sign();
    rotated_check(15);
    fixture_run("sh", "-c", "printf '%s\\n' \"$1\" | tail -c +201 >>\"$2\"",
                "-", line, fixture_path("log.1"), NULL);
    rotated_sign();
    cr_expect_eq(rotated_verify().n_lines, 16);
    cr_expect_eq(rotated_verify().n_findings, 0);
}

/* -- Moved by others --------------------------------------------------------
 */

Test(audit_rotation, takes_in_what_was_moved_already)
{
    struct error error;
    struct stat file;

    rotated_write(30);
    rotated_sign();
    rotated_write(5);
    fixture_run("mv", rotated_path, fixture_path("log-20261125"), NULL);
    cr_assert(rotated_try(fixture_path("log-20261125"), &error), "%s",
              error.text);
    cr_expect_eq(stat(rotated_path, &file), 0);
    cr_expect_eq(file.st_mode & 0777, 0600);
    rotated_check(35);
    /* Once more is once too often, but nothing is wrong. */
    cr_expect(rotated_try(fixture_path("log-20261125"), &error), "%s",
              error.text);
    rotated_write(5);
    cr_expect(!rotated_try(rotated_path, &error));
    cr_expect_not_null(strstr(error.text, "is the log still"), "%s",
                       error.text);
    /* As logrotate does it without dateext. */
    fixture_run("rm", fixture_path("log-20261125"), NULL);
    fixture_run("mv", rotated_path, fixture_path("log-20261125"), NULL);
    cr_expect(!rotated_try(fixture_path("log-20261125"), &error));
    cr_expect_not_null(strstr(error.text, "dateext"), "%s", error.text);
}

Test(audit_rotation, takes_in_what_was_moved_and_nobody_said_so)
{
    rotated_write(30);
    rotated_sign();
    rotated_write(5);
    fixture_run("mv", rotated_path, fixture_path("log.old"), NULL);
    rotated_write(5);
    rotated_sign();
    rotated_check(40);
    fixture_run("mv", rotated_path, fixture_path("log.older"), NULL);
    rotated_sign();
    rotated_check(40);
    rotated_write(2);
    rotated_sign();
    rotated_check(42);
}

Test(audit_rotation, refuses_to_move_what_does_not_continue)
{
    struct error error;

    rotated_write(30);
    rotated_sign();
    audit_log_write(&rotated_lines, 20, "log");
    cr_expect(!rotated_try(NULL, &error));
    cr_expect_not_null(strstr(error.text, "does not continue"), "%s",
                       error.text);
    cr_expect(!exists("log.1") && !exists("log.manifest"));
    fixture_run("mv", rotated_path, fixture_path("log-1"), NULL);
    cr_expect(!rotated_try(fixture_path("log-1"), &error));
    cr_expect(!exists("log.manifest"));
}

Test(audit_rotation, moves_no_link)
{
    struct error error;

    rotated_write(30);
    fixture_run("mv", rotated_path, fixture_path("elsewhere"), NULL);
    fixture_run("ln", "-s", "elsewhere", rotated_path, NULL);
    cr_expect(!rotated_try(NULL, &error));
    cr_expect_not_null(strstr(error.text, "is no regular file"), "%s",
                       error.text);
}

Test(audit_rotation, says_that_the_log_is_not_in_its_place)
{
    struct verify_request request = { &rotated_path, 1, rotated_key, NULL,
                                      false };
    struct verify_result result;
    struct error error = { 0 };

    rotated_write(30);
    rotated_rotate();
    rotated_write(30);
    rotated_sign();
    fixture_run("rm", rotated_path, NULL);
    cr_expect(!verify_run(&request, &result, &error));
    cr_expect_not_null(strstr(error.text, "log: is not there"), "%s",
                       error.text);
    /* And then there is another one. */
    rotated_write(1);
    cr_expect_gt(rotated_verify().n_findings, 0);
    cr_expect(!rotated_try(NULL, &error));
    cr_expect_not_null(strstr(error.text, "does not continue"), "%s",
                       error.text);
}
