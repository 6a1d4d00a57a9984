/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that are being made, what is left of them by a process that dies, and
 * tombstones. */
#include "router/transfer/journal.h"
#include "tests/child.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static struct journal journal;
static char *path;

static void
finish(void)
{
    journal_clear(&journal);
    free(path);
}

static void
begin(void)
{
    (void)fixture_folder(); /* the child's too */
}

TestSuite(transfer_journal, .init = begin, .fini = finish);

static bool
write_of(enum journal_kind kind)
{
    static unsigned char id[] = { 0, 1, 0xff };
    struct identity identity = { .object_class = CKO_PRIVATE_KEY,
                                 .key_type = CKK_EC,
                                 .is_token = true,
                                 .is_private = true,
                                 .has_fingerprint = true,
                                 .fingerprint = { 1, 2, 3 },
                                 .id = id,
                                 .id_length = sizeof(id) };
    struct journal_entry entry = {
        .kind = kind,
        .is_by_name = kind == JOURNAL_TOMBSTONE,
        .token = (char *)(uintptr_t) "a token",
        .from = { (char *)(uintptr_t) "one", (char *)(uintptr_t) "pkcs11:" },
        .to = { (char *)(uintptr_t) "other",
                (char *)(uintptr_t) "pkcs11:token=b" },
        .from_token = (char *)(uintptr_t) "one;maker;model;1;a",
        .identity = &identity,
    };

    free(path);
    return journal_write(fixture_folder(), &entry, &path, &error);
}

static bool
write_one(void)
{
    return write_of(JOURNAL_COPY);
}

static void
write_and_die(void)
{
    CHILD_EXPECT(write_one());
}

static const char *
left_file(void)
{
    cr_assert(child_run(write_and_die));
    cr_assert(journal_read(fixture_folder(), &journal, &error), "%s",
              error.text);
    cr_assert_eq(journal.n_entries, 1);
    return journal.entries[0].path;
}

/* Of any name. */
static size_t
count_files(const char *folder)
{
    DIR *stream = opendir(folder);
    size_t count = 0;

    while (stream != NULL && readdir(stream) != NULL)
        count++;
    if (stream == NULL)
        return 0;
    (void)closedir(stream);
    return count - 2; /* itself, and the one above */
}

static bool
read_left(void)
{
    return journal_read_entry(&journal, &journal.entries[0], &error);
}

Test(transfer_journal, what_lives_is_nobody_elses)
{
    cr_assert(write_one(), "%s", error.text);
    cr_assert(journal_read(fixture_folder(), &journal, &error));
    cr_expect_eq(journal.n_entries, 0);
    cr_expect_eq(access(path, F_OK), 0);
    cr_expect(journal_remove(path, &error));
    cr_expect_neq(access(path, F_OK), 0);
}

Test(transfer_journal, none_is_empty)
{
    cr_assert(journal_read(fixture_folder(), &journal, &error));
    cr_expect_eq(journal.n_entries, 0);
}

Test(transfer_journal, what_the_dead_left_is_read_whole)
{
    const char *left = left_file();
    const struct journal_entry *entry = &journal.entries[0];

    cr_assert(read_left(), "%s", error.text);
    cr_expect_str_eq(entry->from_token, "one;maker;model;1;a");
    cr_expect_null(entry->to_token);
    cr_expect(entry->identity->is_private);
    cr_expect_str_eq(entry->token, "a token");
    cr_expect_str_eq(entry->from.module, "one");
    cr_expect_str_eq(entry->to.match, "pkcs11:token=b");
    cr_expect_eq(entry->identity->object_class, CKO_PRIVATE_KEY);
    cr_expect_eq(entry->identity->key_type, CKK_EC);
    cr_assert_eq(entry->identity->id_length, 3);
    cr_expect_arr_eq(entry->identity->id, "\0\1\xff", 3);
    cr_expect_eq(entry->identity->label_length, 0);
    cr_expect(entry->identity->has_fingerprint);
    cr_expect_eq(entry->identity->fingerprint[2], 3);
    cr_expect_not(entry->identity->has_check_value);
    cr_expect(entry->identity->is_token);
    cr_expect(journal_remove(left, &error));
}

Test(transfer_journal, what_others_could_write_is_not_believed)
{
    cr_assert_eq(chmod(left_file(), 0666), 0);
    cr_expect_not(read_left());
    cr_expect_not_null(strstr(error.text, "0666"), "%s", error.text);
}

Test(transfer_journal, half_a_file_is_a_mistake)
{
    cr_assert_eq(truncate(left_file(), 60), 0);
    cr_expect_not(read_left());
    cr_expect_not_null(strstr(error.text, "is not one that p11mux"), "%s",
                       error.text);
}

Test(transfer_journal, a_link_is_not_followed)
{
    const char *left = left_file();
    const char *other = fixture_text("%s/other", fixture_folder());

    cr_assert_eq(rename(left, other), 0);
    cr_assert_eq(symlink(other, left), 0);
    cr_expect_not(read_left());
    cr_expect_not_null(strstr(error.text, "is a symbolic link"), "%s",
                       error.text);
}

/* An application's, which the tool's root mends. */
Test(transfer_journal, what_the_folders_owner_wrote_is_believed)
{
    const char *left = left_file();

    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    cr_assert_eq(chown(left, 12345, (gid_t)-1), 0);
    cr_expect_not(read_left());
    cr_expect_not_null(strstr(error.text, "owner 12345"), "%s", error.text);
    journal_clear(&journal);
    cr_assert_eq(chown(fixture_text("%s/transfers", fixture_folder()), 12345,
                       (gid_t)-1),
                 0);
    cr_assert(journal_read(fixture_folder(), &journal, &error));
    cr_assert_eq(journal.n_entries, 1);
    cr_expect(read_left(), "%s", error.text);
}

Test(transfer_journal, the_folder_is_of_whom_the_state_folder_is)
{
    struct stat its;

    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    cr_assert_eq(chown(fixture_folder(), 12345, 54321), 0);
    cr_assert(write_one(), "%s", error.text);
    cr_assert_eq(stat(fixture_text("%s/transfers", fixture_folder()), &its), 0);
    cr_expect_eq(its.st_uid, 12345);
    cr_expect_eq(its.st_gid, 54321);
}

Test(transfer_journal, what_the_living_leave_is_mended)
{
    cr_assert(write_one(), "%s", error.text);
    cr_assert(journal_leave(path, &error), "%s", error.text);
    cr_expect_neq(access(path, F_OK), 0);
    cr_assert(journal_read(fixture_folder(), &journal, &error));
    cr_assert_eq(journal.n_entries, 1);
    cr_expect(read_left(), "%s", error.text);
}

/* One of before the machine was started may have had its name. */
Test(transfer_journal, what_is_there_is_not_replaced)
{
    const char *next;

    cr_assert(write_one(), "%s", error.text);
    cr_assert_str_eq(strrchr(path, '.'), ".0");
    next = fixture_text("%.*s1", (int)(strlen(path) - 1), path);
    cr_assert_eq(link(path, next), 0);
    next = fixture_text("%.*s2.left", (int)(strlen(path) - 1), path);
    cr_assert_eq(link(path, next), 0);
    cr_assert(write_one(), "%s", error.text);
    cr_expect_str_eq(strrchr(path, '.'), ".3");
}

/* -- Tombstones --------------------------------------------------------------
 */

Test(transfer_journal, tombstones_are_in_a_folder_of_their_own)
{
    cr_assert(write_of(JOURNAL_TOMBSTONE), "%s", error.text);
    cr_expect_eq(strncmp(path, fixture_text("%s/tombstones/", fixture_folder()),
                         strlen(fixture_folder()) + 12),
                 0);
    cr_assert(journal_read_all(fixture_folder(), &journal, &error));
    cr_expect_eq(journal.n_entries, 0);
    cr_assert(journal_read_tombstones(fixture_folder(), &journal, &error));
    cr_assert_eq(journal.n_entries, 1);
    cr_assert(read_left(), "%s", error.text);
    cr_expect(journal.entries[0].is_by_name);
    cr_expect_str_eq(journal.entries[0].to.match, "pkcs11:token=b");
}

Test(transfer_journal, a_copy_is_no_tombstone)
{
    const char *name;

    cr_assert(write_of(JOURNAL_TOMBSTONE), "%s", error.text);
    name = fixture_text("%s", path);
    cr_assert(write_one(), "%s", error.text);
    cr_assert_eq(rename(path, name), 0);
    cr_assert(journal_read_tombstones(fixture_folder(), &journal, &error));
    cr_assert_eq(journal.n_entries, 1);
    cr_expect_not(read_left());
    cr_expect_not_null(strstr(error.text, "p11mux migrate status"), "%s",
                       error.text);
}

/* -- Half a file
 * ---------------------------------------------------------------
 */

/* A file under the name that it has until it is whole. */
static void
make_half(const char *whole)
{
    const char *folder = fixture_path("transfers");

    cr_assert_eq(rename(whole, fixture_text("%s/.%s.x1y2z3", folder,
                                            strrchr(whole, '/') + 1)),
                 0);
    cr_assert_eq(count_files(folder), 1);
}

Test(transfer_journal, what_the_dead_had_not_written_to_its_end_goes)
{
    make_half(left_file());
    journal_sweep(fixture_folder());
    cr_expect_eq(count_files(fixture_path("transfers")), 0);
}

Test(transfer_journal, what_the_living_are_writing_stays)
{
    cr_assert(write_one());
    make_half(path);
    journal_sweep(fixture_folder());
    cr_expect_eq(count_files(fixture_path("transfers")), 1);
}

Test(transfer_journal, what_is_whole_is_not_swept_away)
{
    const char *left = left_file();

    journal_sweep(fixture_folder());
    cr_expect_eq(access(left, F_OK), 0);
}

/* -- Who may read it ----------------------------------------------------------
 */

static mode_t
mode_of(const char *name)
{
    struct stat its;

    cr_assert_eq(stat(fixture_path("%s", name), &its), 0);
    return its.st_mode & 07777;
}

/* Applications of all users look which copies are not proven. */
Test(transfer_journal, is_opened_where_an_earlier_run_has_closed_it)
{
    (void)umask(077);
    cr_assert_eq(mkdir(fixture_path("transfers"), 0700), 0);
    cr_assert_eq(chmod(fixture_path("transfers"), 02750), 0);
    cr_assert(write_one(), "%s", error.text);
    cr_expect_eq(mode_of("transfers"), 02755);
}

Test(transfer_journal, opens_nothing_that_a_link_leads_to)
{
    cr_assert_eq(mkdir(fixture_path("elsewhere"), 0700), 0);
    cr_assert_eq(symlink("elsewhere", fixture_path("transfers")), 0);
    (void)write_one();
    cr_expect_eq(mode_of("elsewhere"), 0700);
}
