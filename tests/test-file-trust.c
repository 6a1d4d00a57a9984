/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that must not be anybody's to change. */
#include "common/file.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANOTHER_USER = 4711, OUR_GROUP = 4712, ANOTHER_GROUP = 4713 };

static const gid_t no_group = (gid_t)-1;

/* Another folder, 0700, at each call. */
static const char *
new_folder(void)
{
    static unsigned n;

    return fixture_make_folder(fixture_text("%u", n++));
}

static const char *
path_in(const char *folder, const char *name)
{
    return fixture_text("%s/%s", folder, name);
}

/* Writes a file in one of these folders. */
static void
write_file(const char *path, const char *content, mode_t mode)
{
    fixture_write(path + strlen(fixture_folder()) + 1, mode, "%s", content);
}

static void
need_root(void)
{
    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
}

/* A file in a folder that is fine, as a start. */
static const char *
trusted_file(void)
{
    const char *path = path_in(new_folder(), "p11mux.conf");

    write_file(path, "# nothing\n", 0644);
    return path;
}

/* The path is refused, and the message names all of these. */
static void
expect_refused(const char *path, gid_t group, const char *const *parts)
{
    struct error error = { 0 };
    int descriptor;

    cr_expect(!file_is_trusted(path, group, &error), "%s is trusted", path);
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    for (size_t i = 0; parts[i] != NULL; i++)
        cr_expect_not_null(strstr(error.text, parts[i]), "no \"%s\" in: %s",
                           parts[i], error.text);
    descriptor = file_open_trusted(path, group, &error);
    cr_expect_eq(descriptor, -1);
}

static void
expect_trusted(const char *path, gid_t group)
{
    struct error error = { 0 };

    cr_expect(file_is_trusted(path, group, &error), "%s", error.text);
}

#define REFUSED(path, group, ...)                                              \
    expect_refused(path, group, (const char *const[]){ __VA_ARGS__, NULL })

Test(file_trust, of_the_process_user_is_trusted)
{
    const char *path = trusted_file();

    expect_trusted(path, no_group);
    cr_assert_eq(chmod(path, 0600), 0);
    expect_trusted(path, no_group);
    cr_assert_eq(chmod(path, 0), 0); /* who may read it is no matter here */
    expect_trusted(path, no_group);
}

Test(file_trust, that_the_world_may_write_is_refused)
{
    const char *path = trusted_file();

    cr_assert_eq(chmod(path, 0646), 0);
    REFUSED(path, no_group, path, "mode 0646", "everybody", "chmod o-w /");
    cr_assert_eq(chmod(path, 0666), 0);
    REFUSED(path, no_group, "mode 0666", "everybody", "chmod go-w /");
}

Test(file_trust, of_our_group_is_trusted_and_of_another_refused)
{
    const char *path = trusted_file();

    need_root();
    cr_assert_eq(chown(path, 0, OUR_GROUP), 0);
    cr_assert_eq(chmod(path, 0660), 0);
    expect_trusted(path, OUR_GROUP);
    REFUSED(path, ANOTHER_GROUP, path, "mode 0660", "group 4712",
            "chmod g-w /");
    REFUSED(path, no_group, "group 4712", "chmod g-w /");
    /* Being of another group is no matter where that may not write. */
    cr_assert_eq(chmod(path, 0640), 0);
    expect_trusted(path, ANOTHER_GROUP);
}

Test(file_trust, of_another_user_is_refused)
{
    const char *path = trusted_file();

    need_root();
    cr_assert_eq(chown(path, ANOTHER_USER, 0), 0);
    REFUSED(path, no_group, path, "owner 4711", "user 4711",
            "run: chown -h root /");
    cr_assert_eq(chown(path, ANOTHER_USER, ANOTHER_GROUP), 0);
    cr_assert_eq(chmod(path, 0664), 0);
    REFUSED(path, OUR_GROUP, "group 4713 and user 4711", "chown -h root /",
            " && chmod g-w /");
}

Test(file_trust, of_root_and_of_oneself_is_trusted_for_a_user)
{
    const char *folder = new_folder();
    const char *roots = path_in(folder, "roots");
    const char *own = path_in(folder, "own");

    need_root();
    write_file(roots, "", 0644);
    write_file(own, "", 0644);
    cr_assert_eq(chmod(folder, 0755), 0);
    /* By short names, since the user may not pass what is above. */
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(chown(own, ANOTHER_USER, 0), 0);
    cr_assert_eq(seteuid(ANOTHER_USER), 0);
    expect_trusted("roots", no_group);
    expect_trusted("own", no_group);
    cr_assert_eq(seteuid(0), 0);
}

Test(file_trust, in_a_folder_that_others_may_write_is_refused)
{
    const char *path = trusted_file();
    char *folder = strdup(path);

    need_root();
    *strrchr(folder, '/') = '\0';
    cr_assert_eq(chmod(folder, 0777), 0);
    REFUSED(path, no_group, "this folder", folder, "mode 0777", "everybody");
    cr_assert_eq(chmod(folder, 0770), 0);
    cr_assert_eq(chown(folder, 0, OUR_GROUP), 0);
    REFUSED(path, ANOTHER_GROUP, "this folder", "group 4712");
    expect_trusted(path, OUR_GROUP);
    cr_assert_eq(chmod(folder, 0700), 0);
    cr_assert_eq(chown(folder, ANOTHER_USER, 0), 0);
    REFUSED(path, no_group, "this folder", "user 4711", "chown -h root");
    free(folder);
}

Test(file_trust, in_a_sticky_folder_is_trusted_if_its_owner_is)
{
    const char *path = trusted_file();
    char *folder = strdup(path);

    need_root();
    *strrchr(folder, '/') = '\0';
    cr_assert_eq(chmod(folder, 01777), 0);
    expect_trusted(path, no_group);
    cr_assert_eq(chown(path, ANOTHER_USER, 0), 0);
    REFUSED(path, no_group, "this file", "user 4711");
    /* The folder itself, when it is what is asked for, is anybody's. */
    REFUSED(folder, no_group, "this folder", "mode 01777", "chmod go-w");
    free(folder);
}

Test(file_trust, may_be_a_folder)
{
    struct error error = { 0 };
    const char *folder = new_folder();
    const char *slashed = path_in(folder, "");

    expect_trusted(folder, no_group);
    expect_trusted(slashed, no_group);
    expect_trusted("/", no_group);
    cr_assert_eq(chdir(folder), 0);
    expect_trusted(".", no_group);
    cr_expect_eq(file_open_trusted(folder, no_group, &error), -1);
    cr_expect_not_null(strstr(error.text, "no regular file"), "%s", error.text);
}

Test(file_trust, named_by_dots_is_judged_with_its_real_folder)
{
    const char *folder = new_folder();
    const char *inner = path_in(folder, "inner");

    cr_assert_eq(mkdir(inner, 0700), 0);
    cr_assert_eq(chmod(folder, 0777), 0);
    cr_assert_eq(chdir(inner), 0);
    REFUSED(".", no_group, folder, "mode 0777");
    REFUSED("..", no_group, folder, "mode 0777");
}

Test(file_trust, behind_a_link_is_judged_with_each_folder_on_the_way)
{
    const char *path = trusted_file();
    const char *folder = new_folder();
    const char *link = path_in(folder, "link");
    const char *second = path_in(folder, "second");

    cr_assert_eq(symlink(path, link), 0);
    cr_assert_eq(symlink("link", second), 0);
    expect_trusted(link, no_group);
    expect_trusted(second, no_group);
    cr_assert_eq(chmod(path, 0666), 0);
    REFUSED(second, no_group, path, "mode 0666");
    cr_assert_eq(chmod(path, 0644), 0);
    cr_assert_eq(chmod(folder, 0777), 0);
    REFUSED(link, no_group, folder, "mode 0777");
    need_root();
    cr_assert_eq(chmod(folder, 01777), 0);
    expect_trusted(second, no_group);
    cr_assert_eq(lchown(link, ANOTHER_USER, 0), 0);
    REFUSED(second, no_group, link, "symbolic link", "user 4711",
            "chown -h root");
}

Test(file_trust, that_is_not_there_is_named)
{
    const char *folder = new_folder();
    const char *link = path_in(folder, "loop");

    REFUSED(path_in(folder, "none"), no_group, "none",
            "No such file or directory");
    REFUSED(path_in(folder, "no/file"), no_group, "No such file or directory");
    cr_assert_eq(symlink("loop", link), 0);
    REFUSED(link, no_group, "loop", "Too many levels of symbolic links");
}

Test(file_trust, with_odd_characters_is_quoted_in_the_command)
{
    const char *path = path_in(new_folder(), "it's; rm x");

    write_file(path, "", 0666);
    REFUSED(path, no_group, "chmod go-w '/", "it'\\''s; rm x'");
}

Test(file_trust, is_read_through_the_descriptor_that_was_judged)
{
    const char *path = trusted_file();
    struct error error = { 0 };
    size_t length;
    char *content;
    int descriptor = file_open_trusted(path, no_group, &error);

    cr_expect_geq(descriptor, 200, "%s", error.text);
    cr_expect_eq(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    close(descriptor);
    cr_assert(
        file_read_trusted(path, no_group, 100, &content, &length, &error));
    cr_expect_str_eq(content, "# nothing\n");
    free(content);
    cr_assert_eq(chmod(path, 0666), 0);
    cr_expect(
        !file_read_trusted(path, no_group, 100, &content, &length, &error));
}

Test(file_trust, that_is_a_pipe_does_not_hang_its_reader)
{
    const char *path = path_in(new_folder(), "pipe");
    struct error error = { 0 };

    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(file_open_trusted(path, no_group, &error), -1);
    cr_expect_not_null(strstr(error.text, "no regular file"), "%s", error.text);
}
