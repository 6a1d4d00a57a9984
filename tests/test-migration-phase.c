/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that says how far a migration is. */
#include "router/migration-phase.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config *config;
static struct error error;

/* A label with letters that no file's name may have. */
static struct config *
config_with(const char *match)
{
    return config_of(fixture_text(
        "state_dir = \"/s\"; tokens = ( { label = \"a/b ..\"; mode = "
        "\"migrate\"; members = (\n"
        "  { module = \"p11-kit\"; match = \"%s\"; role = \"new\"; },\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; role = "
        "\"old\"; } ); } );",
        match));
}

static void
start(void)
{
    config = config_with("pkcs11:token=a");
}

static void
finish(void)
{
    config_free(config);
}

TestSuite(migration_phase, .init = start, .fini = finish);

static bool
write_phase(enum migration_phase phase)
{
    return migration_phase_write(fixture_folder(), &config->tokens[0], phase,
                                 &error);
}

static int
lock_phase(void)
{
    return migration_phase_lock(fixture_folder(), &config->tokens[0], &error);
}

static bool
read_phase(enum migration_phase *out)
{
    *out = MIGRATION_PHASES;
    return migration_phase_read(fixture_folder(), &config->tokens[0], out,
                                &error);
}

/* The one file of the folder; lent. */
static const char *
find_file(void)
{
    DIR *folder = opendir(fixture_path("migrations"));
    const char *found = NULL;
    const struct dirent *entry;

    cr_assert_not_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.') {
            cr_assert_null(found, "a second file");
            found = fixture_text("%s/%s", fixture_path("migrations"),
                                 entry->d_name);
        }
    (void)closedir(folder);
    cr_assert_not_null(found);
    return found;
}

static void
expect_refusal(const char *why)
{
    enum migration_phase phase;

    cr_expect_not(read_phase(&phase));
    cr_expect_eq(phase, MIGRATION_MOVING);
    cr_expect_not_null(strstr(error.text, why), "%s", error.text);
}

Test(migration_phase, is_moving_where_nobody_has_said_anything)
{
    enum migration_phase phase;

    cr_assert(read_phase(&phase), "%s", error.text);
    cr_expect_eq(phase, MIGRATION_MOVING);
}

Test(migration_phase, is_what_was_written_last)
{
    for (unsigned i = 0; i < MIGRATION_PHASES; i++) {
        enum migration_phase phase;

        cr_assert(write_phase((enum migration_phase)i), "%s", error.text);
        cr_assert(read_phase(&phase), "%s", error.text);
        cr_expect_eq(phase, i);
    }
}

Test(migration_phase, can_be_read_by_every_application)
{
    struct stat its;

    (void)umask(077);
    cr_assert(write_phase(MIGRATION_FINISHED), "%s", error.text);
    cr_assert_eq(stat(find_file(), &its), 0);
    cr_expect_eq(its.st_mode & 07777, 0644);
    cr_assert_eq(stat(fixture_path("migrations"), &its), 0);
    cr_expect_eq(its.st_mode & 07777, 0755);
}

/* Another migration of a token that is called the same is not finished. */
Test(migration_phase, is_not_that_of_other_members)
{
    cr_assert(write_phase(MIGRATION_FINISHED), "%s", error.text);
    config_free(config);
    config = config_with("pkcs11:token=c");
    expect_refusal("does not say how far");
    cr_assert(write_phase(MIGRATION_ROLLED_BACK), "%s", error.text);
    (void)find_file();
}

Test(migration_phase, is_not_believed_where_others_could_have_written_it)
{
    cr_assert(write_phase(MIGRATION_FINISHED), "%s", error.text);
    cr_assert_eq(chmod(find_file(), 0666), 0);
    expect_refusal("0666");
}

Test(migration_phase, is_of_the_state_folders_owner)
{
    enum migration_phase phase;
    struct stat its;

    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    cr_assert_eq(chown(fixture_folder(), 12345, 54321), 0);
    cr_assert(write_phase(MIGRATION_ROLLED_BACK), "%s", error.text);
    cr_assert_eq(stat(fixture_path("migrations"), &its), 0);
    cr_expect_eq(its.st_uid, 12345);
    cr_assert_eq(chown(find_file(), 12345, (gid_t)-1), 0);
    cr_assert(read_phase(&phase), "%s", error.text);
    cr_expect_eq(phase, MIGRATION_ROLLED_BACK);
    cr_assert_eq(chown(find_file(), 12346, (gid_t)-1), 0);
    expect_refusal("owner 12346");
}

Test(migration_phase, is_not_half_a_file)
{
    struct stat its;

    cr_assert(write_phase(MIGRATION_FINISHED), "%s", error.text);
    cr_assert_eq(stat(find_file(), &its), 0);
    cr_assert_eq(truncate(find_file(), its.st_size - 1), 0);
    expect_refusal("does not say how far");
}

Test(migration_phase, is_not_said_where_nothing_can_be_written)
{
    (void)fixture_write("migrations", 0600, "a file");
    cr_expect_not(write_phase(MIGRATION_FINISHED));
    cr_expect_not_null(strstr(error.text, "migrations"), "%s", error.text);
}

/* A second later each time somebody looks. */
static uint64_t
pass(void)
{
    static uint64_t now;

    return now += UINT64_C(1000000000);
}

Test(migration_phase, is_written_by_one_at_a_time)
{
    int lock = lock_phase();

    cr_assert_geq(lock, 0, "%s", error.text);
    clock_set_source(pass);
    cr_expect_eq(lock_phase(), -1);
    cr_expect_not_null(strstr(error.text, "another process changes how far"));
    cr_assert_eq(close(lock), 0);
    lock = lock_phase();
    cr_expect_geq(lock, 0, "%s", error.text);
    clock_set_source(NULL);
    cr_assert_eq(close(lock), 0);
}
