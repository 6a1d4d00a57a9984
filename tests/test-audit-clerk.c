/* SPDX-License-Identifier: BSD-3-Clause */
/* Checkpoints that a process makes by itself, and what keeps it from that. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "tests/audited.h"
#include "tests/child.h"
#include "tests/clerked.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534, INTERVAL_MS = 60 * 1000 };

TestSuite(audit_clerk, .timeout = 60);

static size_t
count(const char *text)
{
    return audit_count(audited_path, text);
}

/* Time passes, as often as it takes. */
static void
wait_for(const char *text, size_t n)
{
    while (count(text) < n) {
        router_clock_move(INTERVAL_MS + 1);
        (void)sched_yield();
    }
}

static bool
is_there(const char *ending)
{
    return access(fixture_text("%s%s", audited_path, ending), F_OK) == 0;
}

static size_t
count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    const struct dirent *entry;
    size_t n = 0;

    cr_assert_not_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char name[32] = "";
        FILE *file =
            fopen(fixture_text("/proc/self/task/%s/comm", entry->d_name), "r");

        if (file == NULL)
            continue;
        n += fgets(name, sizeof(name), file) != NULL &&
             strcmp(name, "p11mux-clerk\n") == 0;
        (void)fclose(file);
    }
    (void)closedir(folder);
    return n;
}

/* -- When ----------------------------------------------------------------- */

#define CHECKPOINT "\"event\":\"checkpoint\",\"function\":null"

Test(audit_clerk, makes_one_at_the_end_that_covers_all)
{
    struct verify_result result;

    audited_start(clerked_configure());
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    result = clerked_verify(NULL);
    cr_assert_eq(result.n_checkpoints, 1);
    cr_assert_eq(result.n_lines, 4);
    cr_assert_eq(result.n_covered, 4);
    cr_assert_eq(count(CHECKPOINT), 1);
    cr_assert_eq(count("\"detail\":{\"key\":null,\"previous\":0}"), 1);
    cr_assert_eq(clerked_count_messages(""), 0);
}

Test(audit_clerk, signs_with_the_key)
{
    struct config *config = clerked_configure();
    CLEANUP(note_key_freep) struct note_key *key = clerked_make_key(config);
    struct verify_result result;
    char verifier[NOTE_KEY_TEXT_LENGTH];

    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    result = clerked_verify(key);
    cr_assert_eq(result.n_covered, 4);
    note_key_write_verifier(key, verifier);
    verifier[strlen("host/log+12345678")] = '\0';
    cr_assert_eq(count(fixture_text("\"detail\":{\"key\":\"%s\",\"previous\":",
                                    verifier)),
                 1);
}

Test(audit_clerk, makes_one_after_so_many_records)
{
    struct config *config = clerked_configure();

    config->audit.checkpoint_records = 5;
    audited_start(config);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(audited_sign(), CKR_OK);
    while (!is_there(".tree"))
        (void)sched_yield();
    cr_assert_eq(count_threads(), 1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count_threads(), 0);
    cr_assert_eq(clerked_verify(NULL).n_checkpoints, 2);
}

Test(audit_clerk, moves_a_log_aside_that_has_become_large)
{
    struct config *config = clerked_configure();
    struct verify_result result;

    config->audit.checkpoint_records = 5;
    config->audit.rotate_bytes = 1024;
    audited_start(config);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(audited_sign(), CKR_OK);
    while (!is_there(".manifest") || !is_there(".1"))
        (void)sched_yield();
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    result = clerked_verify(NULL);
    cr_assert_eq(result.n_runs, 1);
    cr_assert_geq(result.n_lines, 10);
    cr_assert_eq(result.n_covered, result.n_lines);
}

Test(audit_clerk, makes_one_after_so_much_time)
{
    audited_start(clerked_configure());
    cr_assert_eq(audited_sign(), CKR_OK);
    wait_for(CHECKPOINT, 1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_verify(NULL).n_checkpoints, 2);
    cr_assert_eq(count(CHECKPOINT), 2);
}

Test(audit_clerk, has_no_thread_before_the_first_call_that_is_recorded)
{
    router_start(clerked_configure());
    cr_assert_eq(count_threads(), 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_verify(NULL).n_covered, 3);
}

Test(audit_clerk, makes_one_at_the_end_where_threads_are_forbidden)
{
    struct config *config = clerked_configure();
    struct error error;

    config->audit.checkpoint_records = 1;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(router_try_start(config, false, &error), CKR_OK);
    audited_session = router_session(1);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(count_threads(), 0);
    cr_assert_not(is_there(".checkpoints"));
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_verify(NULL).n_covered, 5);
}

/* -- What is in the way --------------------------------------------------- */

/* The end of the checkpoint list and the log, and what is said, are as they
 * should be in a process that makes none. */
static void
run_without(struct config *config, size_t n_messages)
{
    config->audit.checkpoint_records = 1;
    audited_start(config);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count(AUDITED_SIGNED), 3);
    cr_assert_eq(count("\"event\":\"stop\""), 1);
    cr_assert_eq(clerked_count_messages("no checkpoint"), n_messages);
}

Test(audit_clerk, says_once_that_the_key_is_not_there)
{
    struct config *config = clerked_configure();

    config->audit.key = strdup(fixture_path("nowhere"));
    run_without(config, 1);
    cr_assert_not(is_there(".checkpoints"));
}

Test(audit_clerk, refuses_a_key_that_others_may_read)
{
    struct config *config = clerked_configure();

    note_key_free(clerked_make_key(config));
    cr_assert_eq(chmod(config->audit.key, 0640), 0);
    run_without(config, 1);
    cr_assert_eq(clerked_count_messages("chmod 600"), 1);
    cr_assert_not(is_there(".checkpoints"));
}

Test(audit_clerk, says_once_that_the_last_checkpoint_is_none)
{
    struct config *config = clerked_configure();

    fixture_write("audit.jsonl.checkpoint", 0640, "something\n");
    run_without(config, 1);
    cr_assert_eq(count(CHECKPOINT), 0);
}

Test(audit_clerk, says_once_that_the_list_cannot_be_written)
{
    struct config *config = clerked_configure();

    cr_assert_eq(mkdir(fixture_path("audit.jsonl.checkpoints"), 0700), 0);
    run_without(config, 1);
    cr_assert_eq(count(CHECKPOINT), 0);
}

/* It owns the folder, and the key is not for it. */
static void
run_as_nobody(void)
{
    struct config *config = clerked_configure();

    note_key_free(clerked_make_key(config));
    CHILD_EXPECT(chown(fixture_folder(), NOBODY, (gid_t)-1) == 0);
    CHILD_EXPECT(seteuid(NOBODY) == 0);
    run_without(config, 1); /* at the level debug */
    CHILD_EXPECT(clerked_count_messages("makes no checkpoint") == 1);
    CHILD_EXPECT(!is_there(".checkpoints"));
}

Test(audit_clerk, leaves_it_to_others_where_it_may_not_read_the_key)
{
    if (geteuid() != 0)
        cr_skip_test("only root becomes somebody else");
    /* Where others can get to. */
    fixture_setenv("TMPDIR", "/tmp");
    (void)fixture_folder();
    cr_assert(child_run(run_as_nobody));
}

static void
drop_and_run(void)
{
    struct config *config = clerked_configure();

    config->audit.checkpoint_records = 1;
    note_key_free(clerked_make_key(config));
    audited_start(config);
    CHILD_EXPECT(seteuid(NOBODY) == 0);
    for (unsigned i = 0; i < 3; i++)
        CHILD_EXPECT(audited_sign() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
    CHILD_EXPECT(seteuid(0) == 0);
    CHILD_EXPECT(count("\"event\":\"stop\"") == 1);
    CHILD_EXPECT(count(CHECKPOINT) == 0);
    CHILD_EXPECT(!is_there(".checkpoints"));
}

Test(audit_clerk, leaves_it_to_others_where_it_gave_up_its_privileges)
{
    if (geteuid() != 0)
        cr_skip_test("only root becomes somebody else");
    cr_assert(child_run(drop_and_run));
}

/* -- The configuration ---------------------------------------------------- */

static struct config *
configure_file(const char *text)
{
    struct config *config = clerked_configure();
    struct error error = { .rv = CKR_OK };

    free(config->file);
    config->file = strdup(fixture_write("conf", 0600, "%s", text));
    cr_assert(crypto_open(&error), "%s", error.text);
    config->has_hash = crypto_sha256(text, strlen(text), config->hash);
    crypto_close();
    return config;
}

Test(audit_clerk, tells_of_each_change_of_the_configuration_file)
{
    audited_start(configure_file("one"));
    cr_assert_eq(audited_sign(), CKR_OK);
    fixture_write("conf", 0600, "another");
    wait_for("\"event\":\"config\"", 1);
    cr_assert_eq(unlink(fixture_path("conf")), 0);
    wait_for("\"sha256\":null,\"was\":\"", 1);
    fixture_write("conf", 0600, "one");
    wait_for("\"was\":null,\"in_use\":true}", 1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count("\"event\":\"config\""), 3);
    cr_assert_eq(count("\"in_use\":false}"), 2);
}

/* In the clerk's way, which is inside it when this returns. */
static int
put_fifo(const char *path)
{
    int writer;

    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    /* The first record starts its thread, the second calls it. */
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(audited_sign(), CKR_OK);
    while ((writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
        (void)sched_yield();
    return writer;
}

static uint64_t
read_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

Test(audit_clerk, is_waited_for_once_where_it_hangs)
{
    struct config *config = configure_file("one");
    uint64_t begin;
    int writer;

    clock_set_source(NULL);
    config->audit.checkpoint_records = 1;
    config->finalize_wait_ms = 2000;
    audited_start(config);
    writer = put_fifo(fixture_path("conf"));
    begin = read_ms();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_expect_geq(read_ms() - begin, 2000);
    cr_expect_lt(read_ms() - begin, 4000); /* what waiting twice takes */
    cr_expect_eq(count("\"event\":\"stop\""), 1);
    (void)close(writer);
}

Test(audit_clerk, tells_that_the_next_run_has_another_configuration)
{
    for (unsigned i = 0; i < 3; i++) {
        router_start(configure_file(i == 0 ? "one" : "another"));
        cr_assert_eq(C_Finalize(NULL), CKR_OK);
    }
    cr_assert_eq(count("\"event\":\"config\""), 1);
    cr_assert_eq(count("\"in_use\":true}"), 1);
}
