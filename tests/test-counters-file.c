/* SPDX-License-Identifier: BSD-3-Clause */
/* The file in which a process shows its counters: whose it is, who removes it,
 * and what becomes of a process that can have none. */
#include "router/counters-layout.h"
#include "router/counters.h"
#include "router/runtime-folder.h"
#include "tests/child.h"
#include "tests/counters-fixture.h"
#include "tests/heard.h"
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct config *config;

static void
prepare(void)
{
    struct config_pool settings = pool_settings(4);

    config = pool_config(&settings);
    router_clock_stop();
}

static void
finish(void)
{
    (void)C_Finalize(NULL);
}

TestSuite(counters_file, .init = prepare, .fini = finish, .timeout = 60);

/* Something is done, and shown. */
static void
work(void)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_BYTE byte;

    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    (void)counters_look();
}

/* The same where nothing can be shown. */
static void
expect_to_work_without(void)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_BYTE byte;

    (void)counters_tend(instance_get()->counters, true);
    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
}

static const char *
own_folder(void)
{
    return fixture_path("%lu", (unsigned long)geteuid());
}

/* -- Beginning and end --------------------------------------------------------
 */

Test(counters_file, is_there_from_the_first_session_to_the_end)
{
    struct stat status;

    router_start(config);
    cr_assert_eq(counters_count_files(), 0);
    work();
    cr_assert_eq(counters_count_files(), 1);
    cr_assert_eq(stat(counters_own_path(), &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
    cr_assert_eq(stat(own_folder(), &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0700);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(counters_count_files(), 0);
}

static int report[2];

static void
show_and_wait(void)
{
    router_start(config);
    work();
    CHILD_EXPECT(write(report[1], "x", 1) == 1);
    for (;;)
        (void)pause();
}

Test(counters_file, of_a_process_that_was_killed_goes_with_the_next_one)
{
    struct config_pool settings = pool_settings(4);
    char byte;
    pid_t child;

    cr_assert_eq(pipe(report), 0);
    child = child_fork(show_and_wait);
    cr_assert_eq(read(report[0], &byte, 1), 1);
    cr_assert_eq(counters_count_files(), 1);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(counters_count_files(), 1, "nobody has looked");
    config_free(config);
    config = pool_config(&settings);
    router_start(config);
    work();
    cr_assert_eq(counters_count_files(), 1);
    cr_assert_eq(access(counters_own_path(), F_OK), 0);
}

Test(counters_file, is_not_taken_for_one_of_the_same_number)
{
    char name[RUNTIME_FILE_NAME];
    struct birth before;

    router_start(config);
    work();
    cr_assert(birth_of_self(&before));
    before.ticks--;
    runtime_name(&before, name);
    cr_assert(!birth_is_alive(&before));
    fixture_write(fixture_text("%lu/%s", (unsigned long)geteuid(), name), 0600,
                  "of one that had this number");
    cr_assert_eq(counters_count_files(), 2);
    (void)counters_look();
    cr_assert_eq(counters_count_files(), 1);
}

Test(counters_file, of_another_namespace_stays)
{
    struct birth elsewhere = { .pid = 1, .ticks = 1, .namespace = 1 };
    char name[RUNTIME_FILE_NAME];
    int folder;

    router_start(config);
    work();
    runtime_name(&elsewhere, name);
    fixture_write(fixture_text("%lu/%s", (unsigned long)geteuid(), name), 0600,
                  "whoever this is");
    folder = open(own_folder(), O_RDONLY | O_DIRECTORY);
    runtime_sweep(folder, birth_is_alive);
    (void)close(folder);
    cr_assert_eq(counters_count_files(), 2);
}

Test(counters_file, that_somebody_removed_is_made_again)
{
    router_start(config);
    work();
    cr_assert_eq(unlink(counters_own_path()), 0);
    work();
    cr_assert_eq(counters_count_files(), 1);
}

/* -- Where there can be none
 * ---------------------------------------------------- */

Test(counters_file, is_missed_by_nobody_where_there_is_no_runtime_directory)
{
    const char *heard;

    free(config->runtime_dir);
    config->runtime_dir = strdup(fixture_path("nowhere/at/all"));
    heard_begin();
    router_start(config);
    expect_to_work_without();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    heard = heard_end();
    cr_assert_str_empty(heard, "%s", heard);
}

Test(counters_file, is_not_made_in_the_folder_of_another_user)
{
    const char *heard;

    if (geteuid() != 0)
        cr_skip_test("only root gives files away");
    fixture_make_folder("0");
    cr_assert_eq(chown(own_folder(), 65534, 65534), 0);
    heard_begin();
    router_start(config);
    expect_to_work_without();
    expect_to_work_without();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    heard = heard_end();
    cr_assert_not_null(strstr(heard, "does not belong to user 0 alone"), "%s",
                       heard);
    cr_assert_eq(strchr(heard, '\n'), strrchr(heard, '\n'), "said twice: %s",
                 heard);
    cr_assert_eq(counters_count_files(), 0);
}

/* -- Reading
 * ---------------------------------------------------------------------- */

static enum shown_found
read_own(struct error *error)
{
    struct shown shown;
    const char *path = counters_own_path();
    int folder = open(own_folder(), O_RDONLY | O_DIRECTORY);
    enum shown_found found = shown_read(folder, strrchr(path, '/') + 1, path,
                                        geteuid(), &shown, error);

    (void)close(folder);
    if (found == SHOWN_WHOLE)
        shown_clear(&shown);
    return found;
}

static void
write_at(size_t offset, uint32_t number)
{
    int file = open(counters_own_path(), O_WRONLY);

    cr_assert_eq(pwrite(file, &number, sizeof(number), (off_t)offset),
                 (ssize_t)sizeof(number));
    (void)close(file);
}

Test(counters_file, of_another_layout_is_said_and_not_read)
{
    struct error error;

    router_start(config);
    work();
    cr_assert_eq(read_own(&error), SHOWN_WHOLE);
    write_at(offsetof(struct counters_head, version), 127);
    cr_assert_eq(read_own(&error), SHOWN_WRONG);
    cr_assert_not_null(strstr(error.text, "shows layout 127"), "%s",
                       error.text);
}

Test(counters_file, that_is_damaged_is_said_and_not_read)
{
    static const size_t places[] = {
        offsetof(struct counters_head, magic),
        offsetof(struct counters_head, picture_size),
        offsetof(struct counters_head, n_tokens),
        offsetof(struct counters_head, n_members),
    };
    struct error error;

    router_start(config);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        work();
        write_at(places[i], 0x7fffffff);
        cr_expect_eq(read_own(&error), SHOWN_WRONG, "at %zu", places[i]);
        cr_assert_eq(unlink(counters_own_path()), 0);
    }
}

/* Its owner may do what he likes with it. */
Test(counters_file, that_is_cut_off_is_said)
{
    struct error error;
    size_t picture =
        counters_picture_size(1, 1); /* less than it has room for */

    router_start(config);
    work();
    fixture_copy(counters_own_path(), "whole");
    cr_assert_eq(truncate(fixture_path("whole"),
                          (off_t)(COUNTERS_HEAD_SIZE + picture / 2)),
                 0);
    /* Not the mapped one itself: that would end this process. */
    cr_assert_eq(rename(fixture_path("whole"), counters_own_path()), 0);
    cr_assert_eq(read_own(&error), SHOWN_WRONG);
    cr_assert_not_null(strstr(error.text, "is cut off"), "%s", error.text);
}

/* -- Without threads
 * ----------------------------------------------------------------- */

Test(counters_file, is_written_by_slow_calls_where_threads_are_forbidden)
{
    struct error error = { .rv = CKR_OK };
    CK_SESSION_HANDLE session;
    struct gathering gathering;
    struct total sums = { .n_tokens = 0 };
    CK_BYTE byte;

    cr_assert_eq(router_try_start(config, false, &error), CKR_OK);
    session = router_session(1);
    cr_assert_eq(counters_count_files(), 1);
    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    router_clock_move(1000);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    gathering_read(config, &gathering);
    total_add(&sums, gathering.processes, gathering.n_processes, NULL);
    cr_assert_eq(sums.n_tokens, 1);
    cr_expect_eq(sums.tokens[0].members[0].sums.calls[COUNTED_RANDOM], 1);
    cr_expect_eq(sums.tokens[0].counts[COUNTER_TOKEN_SESSIONS], 0);
    total_clear(&sums);
    gathering_clear(&gathering);
}
