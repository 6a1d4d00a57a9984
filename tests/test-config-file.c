/* SPDX-License-Identifier: BSD-3-Clause */
/* Which configuration file applies, and which file is refused as a whole. */
#include "common/cleanup.h"
#include "config/config.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

/* NULL: the system's file, or none where the machine has none. */
static void
expect_found(const char *file)
{
    static const char of_system[] = SYSCONFDIR "/p11mux/p11mux.conf";
    CLEANUP(freep) char *found = NULL;
    struct error error = { 0 };

    cr_assert(config_find(&found, &error), "%s", error.text);
    if (file == NULL && access(of_system, F_OK) == 0)
        file = of_system;
    if (file == NULL)
        cr_expect_null(found);
    else
        cr_expect_str_eq(found, file);
}

/* A folder of a user; returns the path of the file that may be in it. */
static const char *
user_folder(const char *name)
{
    fixture_make_folder(name);
    fixture_make_folder(fixture_text("%s/p11mux", name));
    return fixture_path("%s/p11mux/p11mux.conf", name);
}

static const char *
user_file(const char *name)
{
    user_folder(name);
    return fixture_write(fixture_text("%s/p11mux/p11mux.conf", name), 0600,
                         "%s", "");
}

static void
unset_all(void)
{
    unsetenv("P11MUX_CONF");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
}

static void
expect_refused(const char *file, const char *mistake)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct config_mistakes mistakes;
    struct error error = { 0 };

    cr_expect_not(config_load(file, &config, &error));
    cr_expect_null(config);
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    cr_expect_str_eq(error.text, mistake);
    cr_expect_not(config_check(file, &mistakes));
    cr_assert_eq(mistakes.n_texts, 1);
    cr_expect_str_eq(mistakes.texts[0], mistake);
    config_mistakes_free(&mistakes);
}

Test(config_find, finds_nothing_where_nothing_is)
{
    unset_all();
    expect_found(NULL);
}

Test(config_find, prefers_the_variable)
{
    unset_all();
    fixture_setenv("XDG_CONFIG_HOME", "%s", fixture_path("xdg"));
    user_file("xdg");
    expect_found(fixture_config("%s", ""));
}

Test(config_find, says_that_the_variable_names_no_file)
{
    CLEANUP(freep) char *found = NULL;
    struct error error = { 0 };

    unset_all();
    fixture_setenv("XDG_CONFIG_HOME", "%s", fixture_path("xdg"));
    user_file("xdg");
    fixture_setenv("P11MUX_CONF", "%s", fixture_path("gone.conf"));
    cr_expect_not(config_find(&found, &error));
    cr_expect_null(found);
    cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
    cr_expect_str_eq(
        error.text,
        fixture_text("%s: P11MUX_CONF names this file and it cannot be read: "
                     "No such file or directory; correct the variable or unset "
                     "it",
                     fixture_path("gone.conf")));
}

Test(config_find, takes_an_empty_variable_for_none)
{
    unset_all();
    fixture_setenv("P11MUX_CONF", "%s", "");
    fixture_setenv("XDG_CONFIG_HOME", "%s", "");
    fixture_setenv("HOME", "%s", "");
    expect_found(NULL);
}

Test(config_find, looks_into_the_users_folder)
{
    unset_all();
    fixture_setenv("XDG_CONFIG_HOME", "%s", fixture_path("xdg"));
    expect_found(user_file("xdg"));
}

Test(config_find, looks_into_the_users_home)
{
    unset_all();
    fixture_make_folder("home");
    fixture_setenv("HOME", "%s", fixture_path("home"));
    expect_found(user_file("home/.config"));
}

Test(config_find, does_not_look_at_home_where_the_folder_is_named)
{
    unset_all();
    fixture_make_folder("home");
    fixture_setenv("HOME", "%s", fixture_path("home"));
    user_file("home/.config");
    fixture_setenv("XDG_CONFIG_HOME", "%s", fixture_path("xdg"));
    expect_found(NULL);
}

Test(config_find, passes_over_a_relative_folder)
{
    unset_all();
    user_file("xdg");
    cr_assert_eq(chdir(fixture_folder()), 0);
    fixture_setenv("XDG_CONFIG_HOME", "%s", "xdg");
    expect_found(NULL);
    fixture_setenv("HOME", "%s", fixture_folder());
    expect_found(user_file(".config"));
}

Test(config_find, falls_through_where_the_user_has_no_file)
{
    unset_all();
    fixture_setenv("XDG_CONFIG_HOME", "%s", fixture_path("xdg"));
    user_folder("xdg");
    expect_found(NULL);
}

Test(config_file, that_is_not_there_is_refused)
{
    const char *file = fixture_path("gone.conf");

    expect_refused(file,
                   fixture_text("%s: cannot be opened: No such file or "
                                "directory; check the path and who may read it",
                                file));
}

Test(config_file, that_the_world_may_write_is_refused)
{
    const char *file = fixture_write("p11mux.conf", 0606, "%s", "");

    expect_refused(file,
                   fixture_text("%s: this file (mode 0606, owner %u, group %u) "
                                "may be changed by everybody; run: chmod o-w "
                                "%s",
                                file, geteuid(), getegid(), file));
}

Test(config_file, that_the_groups_own_users_may_write_is_refused)
{
    /* Also where it is the group of p11mux: it may write state only. */
    const char *file = fixture_write("p11mux.conf", 0660, "group = \"root\";");

    expect_refused(file,
                   fixture_text("%s: this file (mode 0660, owner %u, group %u) "
                                "may be changed by group %u; run: chmod g-w %s",
                                file, geteuid(), getegid(), getegid(), file));
}

Test(config_file, in_a_folder_that_the_world_may_write_is_refused)
{
    const char *folder = fixture_make_folder("open");
    const char *file = fixture_write("open/p11mux.conf", 0600, "%s", "");

    cr_assert_eq(chmod(folder, 0707), 0);
    expect_refused(
        file, fixture_text("%s: this folder (mode 0707, owner %u, group %u) "
                           "may be changed by everybody; run: chmod o-w %s",
                           folder, geteuid(), getegid(), folder));
}

Test(config_file, that_is_a_folder_is_refused)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error error = { 0 };
    const char *folder = fixture_make_folder("p11mux.conf");

    cr_expect_not(config_load(folder, &config, &error));
    cr_expect_eq(strncmp(error.text, folder, strlen(folder)), 0);
}

/* A file of exactly `size` bytes, most of it a comment. */
static const char *
file_of_size(size_t size)
{
    const char *file = fixture_path("big.conf");
    FILE *stream = fopen(file, "we");

    cr_assert_not_null(stream);
    for (size_t i = 0; i < size; i++)
        fputc(i == size - 1 ? '\n' : '#', stream);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_eq(chmod(file, 0600), 0);
    return file;
}

Test(config_file, may_be_a_mebibyte_long)
{
    CLEANUP(config_freep)
    struct config *config = config_of_file(file_of_size(1024 * 1024));

    cr_expect_eq(config->n_modules, 1);
}

Test(config_file, that_is_longer_is_refused)
{
    const char *file = file_of_size(1024 * 1024 + 1);

    expect_refused(file, fixture_text("%s: is longer than 1048576 bytes; check "
                                      "that it is the right file",
                                      file));
}
