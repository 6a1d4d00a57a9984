/* SPDX-License-Identifier: BSD-3-Clause */
/* Records that are written behind the call (`durability = "buffer"`). The clock
 * stands, so that nothing is written before a test moves it. */
#include "audit/log.h"
#include "tests/audited.h"
#include "tests/child.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Longer than any record waits for others. */
enum { LONG_MS = 20 };

static struct config *
configure(void)
{
    struct config *config = audited_configure();

    config->audit.durability = AUDIT_DURABILITY_BUFFER;
    return config;
}

static void
setup(void)
{
    router_clock_stop();
    router_clock_move(1000);
    audited_start(configure());
}

TestSuite(audit_buffer, .init = setup, .fini = audited_finish, .timeout = 60);
TestSuite(audit_buffer_settings, .timeout = 60);

static size_t
count_signed(void)
{
    return audit_count(audited_path, AUDITED_SIGNED);
}

static void
sign(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        cr_assert_eq(audited_sign(), CKR_OK);
}

/* The suite's time is up where that never comes. A thread that has not begun
 * to wait yet waits from then on. */
static void
wait_for_signed(size_t n, uint64_t step_ms)
{
    while (count_signed() < n) {
        router_clock_move(step_ms);
        (void)sched_yield();
    }
}

Test(audit_buffer, a_record_is_written_soon_and_not_at_once)
{
    sign(3);
    cr_assert_eq(count_signed(), 0);
    wait_for_signed(3, LONG_MS);
    audited_check(1, AUDITED_SIGNED, 3);
}

Test(audit_buffer, many_are_written_before_there_is_no_room)
{
    sign(1000);
    wait_for_signed(512, 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1000);
}

Test(audit_buffer, what_is_left_is_written_at_the_end)
{
    char *line;

    sign(5);
    cr_assert_eq(count_signed(), 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 5);
    line = audit_find(audited_path, "");
    cr_assert_not_null(strstr(line, "\"event\":\"stop\""));
    free(line);
}

static size_t
count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    size_t n = 0;

    cr_assert_not_null(folder);
    while (readdir(folder) != NULL)
        n++;
    (void)closedir(folder);
    return n;
}

Test(audit_buffer, its_thread_comes_with_the_first_record_and_ends)
{
    size_t n = count_threads();

    sign(1);
    cr_assert_eq(count_threads(), n + 2); /* with the clerk's */
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_leq(count_threads(), n);
}

enum { THREADS = 4, ROUNDS = 2000 };

static void *
sign_often(void *unused)
{
    CK_SESSION_HANDLE session = router_session(1);
    struct toy_result result;

    for (int i = 0; i < ROUNDS; i++)
        if (router_sign_init(session, audited_key) != CKR_OK ||
            router_sign(session, "data", &result) != CKR_OK)
            fixture_fail("round %d", i);
    return unused;
}

Test(audit_buffer, threads_that_find_no_room_wait_for_it)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, sign_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, THREADS * ROUNDS);
}

/* -- What does not wait --------------------------------------------------- */

Test(audit_buffer_settings, an_intent_is_there_before_the_deed)
{
    struct config *config = configure();
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &yes, sizeof(yes) };
    CK_OBJECT_HANDLE made;

    config->audit.intends = true;
    router_clock_stop();
    router_clock_move(1000);
    audited_start(config);
    sign(1);
    cr_assert_eq(C_CreateObject(audited_session, &template, 1, &made), CKR_OK);
    /* What came before it is there too, in its place. */
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"event\":\"intent\"", 1);
    audited_check(1, "\"event\":\"create\"", 0);
    audited_finish();
    audited_check(1, "\"event\":\"create\"", 1);
}

Test(audit_buffer_settings, without_threads_records_are_written_at_once)
{
    struct config *config = configure();
    struct error error = { .rv = CKR_OK };
    size_t n = count_threads();

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    router_clock_stop();
    router_clock_move(1000);
    cr_assert_eq(router_try_start(config, false, &error), CKR_OK);
    audited_session = router_session(1);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 7);
    sign(2);
    cr_assert_eq(count_signed(), 2);
    cr_assert_eq(count_threads(), n);
    audited_finish();
}

/* -- What goes wrong ------------------------------------------------------ */

Test(audit_buffer, once_it_is_known_to_fail_calls_are_refused)
{
    audited_limit(0);
    sign(3); /* they are in memory */
    router_clock_move(LONG_MS);
    while (audited_sign() == CKR_OK)
        router_clock_move(LONG_MS);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    audited_unlimit();
    /* Who writes may still be at it, in vain. */
    while (audited_sign() != CKR_OK)
        sched_yield();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"event\":\"lost\"", 1);
    /* How many, depends on when it was known: between an Init and its
     * signature, or before. */
    audited_check(1, "{\"calls\":", 1);
}

/* -- Forks and exits ------------------------------------------------------ */

static void
sign_and_end(void)
{
    toy_fork();
    CHILD_EXPECT(audited_sign() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

Test(audit_buffer_settings, a_child_writes_its_own_and_nothing_twice)
{
    struct config *config = configure();

    config->follows_forks = true;
    router_clock_stop();
    router_clock_move(1000);
    audited_start(config);
    sign(3);
    cr_assert(child_run(sign_and_end));
    audited_check(2, AUDITED_SIGNED, 1);
    sign(1);
    audited_finish();
    audited_check(2, AUDITED_SIGNED, 5);
}

static void
exit_at_once(void)
{
    exit(0);
}

Test(audit_buffer, a_child_that_only_exits_writes_nothing)
{
    sign(3);
    cr_assert(child_run(exit_at_once));
    cr_assert_eq(count_signed(), 0);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 3);
}

/* It has its parent's log, of which it may not write a byte. */
static void
try_to_write(void)
{
    const struct audit_event event = { .kind = AUDIT_RANDOM };
    const struct audit_sink *sink = audit_log_sink(instance_get()->audit);
    size_t n = count_threads();

    CHILD_EXPECT(!sink->admit(sink->context, &event));
    CHILD_EXPECT(!sink->write(sink->context, &event));
    CHILD_EXPECT(count_threads() == n);
}

Test(audit_buffer, a_child_that_no_hook_saw_writes_nothing)
{
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (child == 0) {
        try_to_write();
        _exit(0);
    }
    cr_assert_gt(child, 0);
    cr_assert(child_is_content(child));
    sign(1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    audited_check(1, AUDITED_SIGNED, 1);
    audited_check(1, "\"event\":\"random\"", 0);
}

static void
sign_and_exit(void)
{
    setup();
    sign(3);
    exit(0);
}

Test(audit_buffer_settings, what_is_left_is_written_when_the_process_exits)
{
    audited_path = fixture_path("audit.jsonl");
    cr_assert(child_run(sign_and_exit));
    audited_check(1, AUDITED_SIGNED, 3);
}
