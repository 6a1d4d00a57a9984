/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a store in SQLite: what is in them, and whose they are. */
#include "tests/sqlite-fixture.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store_sqlite, .init = store_setup, .fini = store_finish,
          .timeout = 60);
TestSuite(store_sqlite_new, .timeout = 60);

static mode_t
mode_of(const char *file)
{
    struct stat entry;

    if (stat(file, &entry) != 0)
        fixture_fail("%s: %s", file, strerror(errno));
    return entry.st_mode & 07777;
}

/* -- What is in it -------------------------------------------------------- */

Test(store_sqlite, a_value_is_there_once_and_goes_with_its_last_object)
{
    CK_ATTRIBUTE another[] = { WITH_TEXT(CKA_VALUE, "another") };
    uint64_t first = certificate_add(1), second = certificate_add(1);

    cr_assert_eq(sqlite_ask("SELECT count(*) FROM value"), 1);
    cr_assert_eq(store_change(store, life, first, another, 1), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM value"), 2);
    cr_assert_eq(store_destroy(store, life, second), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM value"), 1);
    cr_assert_eq(store_destroy(store, life, first), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM value"), 0);
}

Test(store_sqlite, values_go_with_a_life)
{
    const struct store_owner owner = { "token", NULL };

    (void)certificate_add(1);
    (void)certificate_add(2);
    cr_assert_eq(store_begin_life(store, &owner, &life), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM value"), 0);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM life"), 1);
}

Test(store_sqlite, it_says_that_it_is_one)
{
    cr_assert_eq(sqlite_ask("PRAGMA application_id"), 0x7031316d);
    cr_assert_eq(sqlite_ask("PRAGMA user_version"), 3);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM pragma_foreign_key_check"),
                 0);
}

/* Two tokens, one of them with a serial number, three certificates, and a
 * number that was used. */
Test(store_sqlite_new, one_of_an_earlier_release_is_upgraded)
{
    const struct store_owner other = { "other", "0001" };
    uint64_t before;

    (void)fixture_copy(fixture_text("%s/tests/old/certificates-0.1.0.db",
                                    getenv("P11MUX_SRCDIR")),
                       "certificates.db");
    store_setup();
    cr_assert_eq(life, 1);
    cr_assert_str_eq(store_found(NULL, 0), "1 2");
    cr_assert(certificate_is_there(1));
    cr_assert_eq(certificate_add(3), 5, "a number is not used again");
    cr_assert_eq(store_find_life(store, &other, &before, NULL), STORE_DONE);
    cr_assert_eq(before, 2);
    cr_assert_eq(store_begin_life(store, &other, &life), STORE_DONE);
    cr_assert_eq(life, 3);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM pragma_foreign_key_check"),
                 0);
    cr_assert_eq(sqlite_ask("PRAGMA user_version"), 3);
    store_finish();
}

/* -- Rights --------------------------------------------------------------- */

Test(store_sqlite_new, the_files_are_not_for_everybody)
{
    mode_t before = umask(0);

    store_setup();
    (void)certificate_add(1);
    cr_assert_eq(mode_of(sqlite_path("")), 0640);
    cr_assert_eq(mode_of(sqlite_path("-wal")), 0640);
    cr_assert_eq(mode_of(sqlite_path("-shm")), 0640);
    (void)umask(before);
    store_finish();
}

Test(store_sqlite_new, a_group_shares_the_files_whatever_the_umask)
{
    const struct store_owner owner = { "token", NULL };
    struct error error = { .rv = CKR_OK };
    struct stat entry;

    (void)umask(0077);
    cr_assert(store_new(store_place_url(), getgid(), &store, &error), "%s",
              error.text);
    cr_assert_eq(store_find_life(store, &owner, &life, NULL), STORE_DONE);
    cr_assert_eq(mode_of(sqlite_path("")), 0660);
    cr_assert_eq(mode_of(sqlite_path("-wal")), 0660);
    cr_assert_eq(mode_of(sqlite_path("-shm")), 0660);
    cr_assert_eq(stat(sqlite_path(""), &entry), 0);
    cr_assert_eq(entry.st_gid, getgid());
    store_finish();
}

Test(store_sqlite_new, nothing_else_is_left_in_the_folder)
{
    store_setup();
    fixture_run("sh", "-c",
                fixture_text("test \"$(ls -A %s | wc -l)\" -le 3",
                             fixture_folder()),
                NULL);
    store_finish();
}

static const char *
refusal(void)
{
    struct error error = { .rv = CKR_OK };

    cr_assert_not(store_new(store_place_url(), (gid_t)-1, &store, &error));
    cr_assert_null(store);
    return fixture_text("%s", error.text);
}

Test(store_sqlite_new, a_file_that_everybody_may_write_is_refused)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };

    store_setup();
    store_finish();
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(chmod(sqlite_path(suffixes[i]), 0666), 0);
        cr_assert_not_null(strstr(refusal(), "everybody may write it"));
        cr_assert_eq(chmod(sqlite_path(suffixes[i]), 0640), 0);
    }
    store_setup();
    store_finish();
}

Test(store_sqlite_new, a_folder_that_everybody_may_write_is_refused)
{
    cr_assert_eq(chmod(fixture_folder(), 0777), 0);
    cr_assert_not_null(strstr(refusal(), "may be changed by everybody"));
}

Test(store_sqlite_new, a_link_is_refused)
{
    cr_assert_eq(symlink("/etc/hostname", sqlite_path("")), 0);
    cr_assert_not_null(strstr(refusal(), "is no regular file"));
}

Test(store_sqlite_new, other_urls_are_refused)
{
    static const char *const urls[] = { "sqlite:certificates.db", "mysql://x",
                                        "", "/certificates.db" };

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct error error = { .rv = CKR_OK };

        cr_assert_not(store_new(urls[i], (gid_t)-1, &store, &error));
        cr_assert_eq(error.rv, CKR_ARGUMENTS_BAD);
        cr_assert_not_null(strstr(error.text, "write sqlite:/PATH"));
    }
}
