/* SPDX-License-Identifier: BSD-3-Clause */
/* Who looks at the control page, when, and which pages are obeyed. */
#include "common/cleanup.h"
#include "router/control.h"
#include "router/pause.h"
#include "router/process.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct config_pool settings;

static void
start(void)
{
    settings = pool_settings(4);
    settings.wait_ms = 30000;
    pool_start(&settings);
    pool_add_keys(3);
}

static void
start_without_threads(uint64_t wait_ms)
{
    struct error error;

    settings = pool_settings(4);
    settings.wait_ms = wait_ms;
    cr_assert_eq(router_try_start(pool_config(&settings), false, &error),
                 CKR_OK);
    pool_add_keys(3);
}

static bool
is_paused(void)
{
    return atomic_load(&router_token(1)->is_paused);
}

static size_t
count_notes(void)
{
    glob_t found;
    size_t count;

    cr_assert_neq(glob(fixture_path("%lu/*.control", (unsigned long)geteuid()),
                       0, NULL, &found),
                  GLOB_NOSPACE);
    count = found.gl_pathc;
    globfree(&found);
    return count;
}

static void
finish(void)
{
    (void)C_Finalize(NULL);
    cr_assert_eq(count_notes(), 0);
}

TestSuite(control, .fini = finish, .timeout = 10);

Test(control, a_process_that_starts_later_obeys)
{
    (void)paused_write(CONTROL_PAUSE, "one");
    start();
    cr_expect(is_paused());
}

Test(control, its_thread_sees_a_page_that_comes_later)
{
    CK_SESSION_HANDLE session;

    start();
    session = pool_session(0);
    (void)paused_write(CONTROL_PAUSE, "one");
    while (!is_paused())
        (void)sched_yield();
    (void)paused_write(CONTROL_RESUME, "one");
    while (is_paused())
        (void)sched_yield();
    cr_expect_eq(C_CloseSession(session), CKR_OK);
}

Test(control, a_page_that_is_removed_pauses_nothing)
{
    start();
    (void)paused_write(CONTROL_PAUSE, NULL);
    control_look_now();
    cr_assert(is_paused());
    cr_assert_eq(unlink(fixture_path("control")), 0);
    control_look_now();
    cr_expect_not(is_paused());
}

Test(control, a_page_that_others_may_write_is_not_obeyed)
{
    start();
    (void)paused_write(CONTROL_PAUSE, "one");
    cr_assert_eq(chmod(fixture_path("control"), 0664), 0);
    control_look_now();
    cr_expect_not(is_paused());
    cr_assert_eq(chmod(fixture_path("control"), 0644), 0);
    control_look_now();
    cr_expect(is_paused());
}

Test(control, a_page_of_another_user_is_not_obeyed)
{
    if (geteuid() != 0)
        cr_skip_test("only root can make one");
    start();
    (void)paused_write(CONTROL_PAUSE, "one");
    cr_assert_eq(chown(fixture_path("control"), 65534, (gid_t)-1), 0);
    control_look_now();
    cr_expect_not(is_paused());
    /* The folder's owner may. */
    cr_assert_eq(chown(fixture_folder(), 65534, (gid_t)-1), 0);
    cr_assert_eq(chmod(fixture_path("control"), 0600), 0);
    control_look_now();
    cr_expect(is_paused());
    cr_assert_eq(chown(fixture_folder(), 0, (gid_t)-1), 0);
}

Test(control, a_page_that_is_a_link_is_not_obeyed)
{
    start();
    (void)paused_write(CONTROL_PAUSE, "one");
    cr_assert_eq(rename(fixture_path("control"), fixture_path("page")), 0);
    cr_assert_eq(symlink("page", fixture_path("control")), 0);
    control_look_now();
    cr_expect_not(is_paused());
}

Test(control, a_page_that_is_not_understood_changes_nothing)
{
    start();
    (void)paused_write(CONTROL_PAUSE, "one");
    control_look_now();
    (void)fixture_write("control", 0644, "p11mux control 2\nnumber 9\n");
    control_look_now();
    cr_expect(is_paused());
    (void)fixture_write("control", 0644,
                        "p11mux control 1\nnumber 9\npause 8 1 one extra\n");
    control_look_now();
    cr_expect(is_paused());
    (void)fixture_write("control", 0644,
                        "p11mux control 1\nnumber 9\nresume 9 1 one\n");
    control_look_now();
    cr_expect_not(is_paused());
}

Test(control, the_note_says_who_looks)
{
    size_t running;
    uint64_t number = paused_write(CONTROL_PAUSE, "B");
    struct control_reading note;

    start();
    note = paused_note(number, &running);
    cr_expect_eq(note.watch, CONTROL_WATCH_NOBODY);
    cr_expect_eq(note.seen, number);
    cr_expect_eq(note.process.pid, getpid());
    (void)pool_session(0);
    cr_expect_eq(paused_note(number, &running).watch, CONTROL_WATCH_THREAD);
}

Test(control, without_threads_the_next_call_looks)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = CKR_OK;
    size_t running;

    start_without_threads(0);
    session = pool_session(CKF_RW_SESSION);
    cr_expect_eq(paused_note(0, &running).watch, CONTROL_WATCH_CALLS);
    (void)paused_write(CONTROL_PAUSE, "one");
    while (rv == CKR_OK)
        rv = C_GenerateRandom(session, (CK_BYTE[]){ 0 }, 1);
    cr_expect_eq(rv, CKR_FUNCTION_FAILED);
    (void)paused_write(CONTROL_RESUME, "one");
    while (rv == CKR_FUNCTION_FAILED)
        rv = C_GenerateRandom(session, (CK_BYTE[]){ 0 }, 1);
    cr_expect_eq(rv, CKR_OK);
}

Test(control, without_threads_a_call_that_waits_looks)
{
    struct paused_call call;

    start_without_threads(30000);
    call =
        (struct paused_call){ pool_session(CKF_RW_SESSION), 0, 2, 0, false, 0 };
    call.key = pool_find_key(call.session, 2);
    (void)paused_command(CONTROL_PAUSE, "one");
    paused_call_begin(&call);
    (void)paused_write(CONTROL_RESUME, "one");
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
}

Test(control, a_call_that_waits_ends_with_p11mux)
{
    struct paused_call call;

    start();
    call =
        (struct paused_call){ pool_session(CKF_RW_SESSION), 0, 2, 0, false, 0 };
    call.key = pool_find_key(call.session, 2);
    (void)paused_command(CONTROL_PAUSE, "one");
    paused_call_begin(&call);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    (void)paused_call_end(&call);
    cr_expect_eq(call.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(control, a_child_leaves_its_parents_note)
{
    size_t running;
    int status;
    pid_t child;

    start();
    (void)pool_session(0);
    child = fork();
    if (child == 0)
        _exit(C_Finalize(NULL) == CKR_OK ? 0 : 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    cr_expect_eq(paused_note(0, &running).process.pid, getpid());
}

Test(control, works_without_a_runtime_directory)
{
    struct config *config = pool_config(&settings);
    CK_SESSION_HANDLE session;

    settings = pool_settings(4);
    config->tokens[0].pool = settings;
    free(config->runtime_dir);
    config->runtime_dir = strdup(fixture_path("later"));
    router_start(config);
    session = pool_session(CKF_RW_SESSION);
    cr_expect_eq(C_GenerateRandom(session, (CK_BYTE[]){ 0 }, 1), CKR_OK);
    cr_expect_eq(count_notes(), 0);
    /* It comes into being. */
    (void)paused_write(CONTROL_PAUSE, "one");
    (void)fixture_make_folder("later");
    cr_assert_eq(rename(fixture_path("control"), fixture_path("later/control")),
                 0);
    control_look_now();
    cr_expect(is_paused());
}

/* As one that was killed leaves it. */
Test(control, a_note_of_no_process_goes)
{
    struct birth before;
    size_t running;

    start();
    cr_assert(birth_of_self(&before));
    before.ticks--;
    (void)fixture_write(fixture_text("%lu/%ld.%lu.%lu.control",
                                     (unsigned long)geteuid(), (long)before.pid,
                                     (unsigned long)before.ticks,
                                     (unsigned long)before.namespace),
                        0600, "of one that had this number");
    cr_assert_eq(count_notes(), 2);
    (void)paused_note(0, &running);
    cr_expect_eq(count_notes(), 1);
}
