/* SPDX-License-Identifier: BSD-3-Clause */
/* A store in SQLite that cannot do what it should, and what it says of it. */
#include "tests/child.h"
#include "tests/heard.h"
#include "tests/sqlite-fixture.h"
#include "tests/store-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

TestSuite(store_trouble, .init = store_setup, .fini = store_finish,
          .timeout = 60);
TestSuite(store_trouble_new, .timeout = 60);

Test(store_trouble, a_lock_that_others_keep_is_waited_for_and_said)
{
    sqlite3 *database;

    store_set_wait(store, 1);
    store_free(store);
    store = store_open();
    store_set_wait(store, 1);
    cr_assert_eq(sqlite3_open(sqlite_path(""), &database), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                 SQLITE_OK);
    heard_begin();
    cr_assert_eq(try_create(1), STORE_LOCKED);
    cr_assert_eq(try_create(1), STORE_LOCKED);
    cr_assert_eq(try_count(), STORE_DONE, "who reads does not wait");
    cr_assert(store_said(heard_end(), "others kept it locked"));
    (void)sqlite3_close(database);
    cr_assert_eq(try_create(1), STORE_DONE);
}

Test(store_trouble, a_full_disk_is_said_once_until_there_is_room)
{
    struct rlimit limit, before;
    struct stat entry;

    cr_assert_eq(try_create(1), STORE_DONE);
    cr_assert_eq(stat(sqlite_path("-wal"), &entry), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)entry.st_size + 100;
    heard_begin();
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(try_create(2), STORE_FULL);
    cr_assert_eq(try_create(3), STORE_FULL);
    cr_assert_eq(try_count(), STORE_DONE);
    cr_assert_eq(try_create(4), STORE_FULL);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_assert(
        store_said(heard_end(), "there is no room; make room on its disk"));
    cr_assert_eq(try_create(5), STORE_DONE);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 2);
}

Test(store_trouble, a_later_version_is_refused_and_not_touched)
{
    struct stat before, after;

    sqlite_execute("PRAGMA user_version = 4");
    heard_begin();
    cr_assert_eq(try_create(1), STORE_BROKEN, "also where it is open");
    cr_assert(
        store_said(heard_end(), "it is of version 4, made by a later release"));
    store_free(store);
    sqlite_execute("PRAGMA wal_checkpoint(TRUNCATE)");
    cr_assert_eq(stat(sqlite_path(""), &before), 0);
    store = store_open();
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "install the later release again"));
    cr_assert_eq(stat(sqlite_path(""), &after), 0);
    cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    cr_assert_eq(sqlite_ask("PRAGMA user_version"), 4);
}

Test(store_trouble, a_database_of_something_else_is_refused)
{
    store_free(store);
    sqlite_execute("PRAGMA application_id = 7");
    store = store_open();
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "it is a database of something else"));
}

static void
overwrite(off_t at, size_t length)
{
    int file = open(sqlite_path(""), O_WRONLY | O_CLOEXEC);
    char byte = 0x55;

    cr_assert_geq(file, 0);
    for (size_t i = 0; i < length; i++)
        cr_assert_eq(pwrite(file, &byte, 1, at + (off_t)i), 1);
    (void)close(file);
}

Test(store_trouble, a_broken_file_is_said)
{
    store_free(store);
    sqlite_execute("PRAGMA wal_checkpoint(TRUNCATE)");
    overwrite(0, 16);
    store = store_open();
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "it is no database"));
}

Test(store_trouble, broken_pages_are_said)
{
    struct stat entry;

    for (unsigned i = 0; i < 50; i++)
        (void)certificate_add(i);
    store_free(store);
    sqlite_execute("PRAGMA wal_checkpoint(TRUNCATE)");
    cr_assert_eq(stat(sqlite_path(""), &entry), 0);
    overwrite(4096, (size_t)entry.st_size - 4096);
    store = store_open();
    heard_begin();
    cr_assert_eq(try_count(), STORE_BROKEN);
    cr_assert(store_said(heard_end(), "bring it back from a backup"));
}

Test(store_trouble, an_object_that_is_not_ours_is_said)
{
    struct store_object object;
    uint64_t number = certificate_add(1);

    sqlite_execute("UPDATE object SET others = x'0102'");
    heard_begin();
    cr_assert_eq(store_read(store, life, number, &object), STORE_BROKEN);
    cr_assert_null(object.attributes);
    cr_assert(store_said(heard_end(), "is not as p11mux wrote it"));
}

Test(store_trouble, a_file_that_was_exchanged_is_opened_anew)
{
    const struct store_owner owner = { "token", NULL };

    (void)certificate_add(1);
    cr_assert_eq(rename(sqlite_path(""), sqlite_path(".old")), 0);
    cr_assert_eq(unlink(sqlite_path("-wal")), 0);
    cr_assert_eq(unlink(sqlite_path("-shm")), 0);
    cr_assert_eq(store_find_life(store, &owner, &life, NULL), STORE_DONE);
    (void)certificate_add(2);
    cr_assert_eq(sqlite_ask("SELECT count(*) FROM object"), 1);
}

Test(store_trouble_new, a_missing_folder_is_said)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(store_new(fixture_text("sqlite:%s", fixture_path("no/file.db")),
                        (gid_t)-1, &store, &error),
              "%s", error.text);
    heard_begin();
    cr_assert_eq(try_count(), STORE_UNREACHABLE);
    cr_assert_eq(try_create(1), STORE_UNREACHABLE);
    cr_assert(store_said(heard_end(), "check that its folder is there"));
    (void)fixture_make_folder("no");
    store_free(store);
}

/* -- Those who may not ---------------------------------------------------- */

/* What root may do to any file, this child may not. */
static void
drop_privileges(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct none[2] = { 0 };

    heard_begin();
    CHILD_EXPECT(syscall(SYS_capset, &header, none) == 0);
    store = store_open();
}

static void
set_modes(mode_t files, mode_t folder)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        cr_assert_eq(chmod(sqlite_path(suffixes[i]), files), 0);
    cr_assert_eq(chmod(fixture_folder(), folder), 0);
}

/* In a child, so that the next one's parent has never opened it. */
static void
fill(void)
{
    store_setup();
    CHILD_EXPECT(life == 1);
    (void)certificate_add(1);
    store_finish();
}

static void
only_read(void)
{
    drop_privileges();
    life = 1;
    CHILD_EXPECT(try_count() == STORE_DONE);
    CHILD_EXPECT(certificate_is_there(1));
    CHILD_EXPECT(try_create(2) == STORE_READ_ONLY);
    CHILD_EXPECT(try_create(2) == STORE_READ_ONLY);
    CHILD_EXPECT(store_said(heard_end(), "may read it and not write it"));
}

Test(store_trouble_new, who_may_only_read_it_reads_it)
{
    (void)fixture_folder();
    cr_assert(child_run(fill));
    set_modes(0440, 0500);
    cr_assert(child_run(only_read));
    set_modes(0640, 0700);
    cr_assert(child_run(fill));
}

static void
look_in_vain(void)
{
    drop_privileges();
    CHILD_EXPECT(try_count() == STORE_UNREACHABLE);
    CHILD_EXPECT(try_create(2) == STORE_UNREACHABLE);
    CHILD_EXPECT(store_said(heard_end(), "this user may read and write"));
}

Test(store_trouble_new, who_may_not_read_it_is_told)
{
    (void)fixture_folder();
    cr_assert(child_run(fill));
    set_modes(0, 0700);
    cr_assert(child_run(look_in_vain));
    set_modes(0640, 0700);
}
