/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of a log is made whole, and what is none is refused. */
#include "audit/log-place.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* -- Between the test and the C library ------------------------------------ */

static const char *path;
static bool was_named, may_link = true;

int __real_fchown(int descriptor, uid_t user, gid_t group);
int __wrap_fchown(int descriptor, uid_t user, gid_t group);
int __real_linkat(int from_folder, const char *from, int to_folder,
                  const char *to, int flags);
int __wrap_linkat(int from_folder, const char *from, int to_folder,
                  const char *to, int flags);

/* Whether somebody could have found it before it is the group's. */
int
__wrap_fchown(int descriptor, uid_t user, gid_t group)
{
    was_named = access(path, F_OK) == 0;
    return __real_fchown(descriptor, user, group);
}

/* Without /proc there is nothing to make a name from. */
int
__wrap_linkat(int from_folder, const char *from, int to_folder, const char *to,
              int flags)
{
    if (may_link)
        return __real_linkat(from_folder, from, to_folder, to, flags);
    errno = ENOENT;
    return -1;
}

/* -- Making it ------------------------------------------------------------- */

static void
setup(void)
{
    path = fixture_path("audit.jsonl");
}

TestSuite(audit_place, .init = setup, .timeout = 60);

static void
check_made(mode_t mode, gid_t group)
{
    struct error error = { .rv = CKR_OK };
    struct stat made, is;
    int descriptor = -1;

    cr_assert(log_place_open(path, group, &descriptor, &made, &error), "%s",
              error.text);
    cr_assert_geq(descriptor, 200);
    cr_assert_eq(made.st_mode, S_IFREG | mode, "0%o", made.st_mode);
    cr_assert_neq(fcntl(descriptor, F_GETFL) & O_APPEND, 0);
    cr_assert_neq(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    cr_assert_eq(write(descriptor, "x", 1), 1);
    cr_assert_eq(stat(path, &is), 0);
    cr_assert_eq(is.st_ino, made.st_ino);
    cr_assert_eq(is.st_size, 1);
    cr_assert_eq(is.st_nlink, 1);
    close(descriptor);
}

Test(audit_place, has_its_name_once_the_group_may_append)
{
    check_made(0660, getgid());
    cr_assert_not(was_named);
}

Test(audit_place, is_made_where_the_host_has_no_proc)
{
    may_link = false;
    check_made(0660, getgid());
}

Test(audit_place, is_not_shared_without_a_group)
{
    check_made(0640, (gid_t)-1);
}

Test(audit_place, is_what_is_there_already)
{
    (void)fixture_write("audit.jsonl", 0600, "%s", "");
    check_made(0600, getgid());
}

Test(audit_place, is_not_made_to_see_whether_it_could_be)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(log_place_check(path, getgid(), &error), "%s", error.text);
    cr_assert_neq(access(path, F_OK), 0);
}

/* -- What is none ---------------------------------------------------------- */

static void
check_refused(const char *what)
{
    struct error error = { .rv = CKR_OK };
    struct stat entry;
    int descriptor = -1;

    cr_assert_not(log_place_open(path, (gid_t)-1, &descriptor, &entry, &error));
    cr_assert_eq(descriptor, -1);
    cr_assert_not(log_place_check(path, (gid_t)-1, &error));
    cr_assert_not_null(strstr(error.text, path), "%s", error.text);
    cr_assert_not_null(strstr(error.text, what), "%s", error.text);
}

Test(audit_place, is_no_pipe)
{
    int reader;

    cr_assert_eq(mkfifo(path, 0600), 0);
    check_refused("is no regular file");
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    check_refused("is no regular file");
    close(reader);
}

Test(audit_place, is_no_folder)
{
    (void)fixture_make_folder("audit.jsonl");
    check_refused("is no regular file");
}

Test(audit_place, is_no_link)
{
    const char *target = fixture_write("target", 0600, "%s", "");

    cr_assert_eq(symlink(target, path), 0);
    check_refused("is a symbolic link");
}

Test(audit_place, is_in_a_folder_that_is_there)
{
    path = fixture_path("nowhere/audit.jsonl");
    check_refused("nowhere: cannot be opened: No such file or directory");
}
