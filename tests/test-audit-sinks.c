/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux records in the file goes to the other sinks as well. */
#include "tests/audited.h"
#include "tests/child.h"
#include "tests/daemons.h"

#include "common/daemon.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int listeners[DAEMONS];

static void
listen_to_all(void)
{
    const char *syslog = fixture_path("log");
    const char *journal = fixture_path("journal");

    listeners[DAEMON_SYSLOG] = daemons_listen(syslog);
    listeners[DAEMON_JOURNAL] = daemons_listen(journal);
    daemon_set_paths(syslog, journal);
}

static struct config *
configure(unsigned sinks)
{
    struct config *config = audited_configure();

    listen_to_all();
    config->audit.sinks = sinks;
    /* Nobody signs: copies of checkpoints would stand between the lines. */
    config->audit.key = strdup("/nonexistent/key");
    config->follows_forks = true;
    return config;
}

static void
start(unsigned sinks)
{
    audited_start(configure(sinks));
}

TestSuite(audit_sinks, .fini = audited_finish, .timeout = 60);

/* The line that the next message brings. */
static const char *
next_line(enum daemon which)
{
    size_t length;
    const char *message = daemons_receive(listeners[which], &length);
    struct syslog_message parsed;

    cr_assert_not_null(message, "%s got nothing", daemon_name(which));
    if (which == DAEMON_JOURNAL)
        return journal_field(message, length, "MESSAGE", &length);
    syslog_parse(message, &parsed);
    return parsed.text;
}

/* All lines of the file but the first ones, and nothing else. */
static void
expect_rest(enum daemon which, size_t n_before)
{
    struct audit_lines lines;
    size_t length;

    audit_read(audited_path, &lines);
    cr_assert_gt(lines.n, 2);
    for (size_t i = n_before; i < lines.n; i++)
        if (lines.lines[i][0] == '{' &&
            lines.lines[i][strlen(lines.lines[i]) - 1] == '}')
            cr_expect_str_eq(next_line(which), lines.lines[i]);
    cr_expect_null(daemons_receive_now(listeners[which], &length));
    audit_lines_free(&lines);
}

static void
expect_file(enum daemon which)
{
    expect_rest(which, 0);
}

Test(audit_sinks, both_have_what_the_file_has)
{
    start(1 << DAEMON_SYSLOG | 1 << DAEMON_JOURNAL);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    expect_file(DAEMON_SYSLOG);
    expect_file(DAEMON_JOURNAL);
    cr_expect_eq(audit_count(audited_path, AUDITED_SIGNED), 1);
}

Test(audit_sinks, one_that_is_not_configured_gets_nothing)
{
    size_t length;

    start(1 << DAEMON_JOURNAL);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_expect_null(daemons_receive_now(listeners[DAEMON_SYSLOG], &length));
    expect_file(DAEMON_JOURNAL);
}

/* No file of this process may grow by more than so many bytes; -1: any. */
static void
limit_log(off_t more)
{
    struct stat entry;
    struct rlimit limit;

    cr_assert_eq(stat(audited_path, &entry), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = more < 0 ? limit.rlim_max : (rlim_t)(entry.st_size + more);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(audit_sinks, what_is_not_in_the_file_is_nowhere)
{
    start(1 << DAEMON_SYSLOG);
    cr_assert_eq(audited_sign(), CKR_OK);
    limit_log(100);
    cr_assert_eq(audited_sign(), CKR_FUNCTION_FAILED);
    limit_log(-1);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_expect_eq(audit_count(audited_path, "\"event\":\"torn\""), 1);
    expect_file(DAEMON_SYSLOG);
}

static void *
sign_cancelled(void *unused)
{
    cr_assert_eq(pthread_cancel(pthread_self()), 0);
    (void)audited_sign();
    pthread_testcancel();
    return unused;
}

/* Without a thread of its own, whoever has a record sends it; the socket is
 * where a thread is cancelled. */
Test(audit_sinks, a_cancelled_thread_does_not_keep_the_log)
{
    struct config *config = configure(1 << DAEMON_SYSLOG);
    struct error error = { .rv = CKR_OK };
    pthread_t thread;
    void *result;

    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(router_try_start(config, false, &error), CKR_OK);
    audited_session = router_session(1);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(pthread_create(&thread, NULL, sign_cancelled, NULL), 0);
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, PTHREAD_CANCELED);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_expect_eq(audit_count(audited_path, AUDITED_SIGNED), 2);
    expect_file(DAEMON_SYSLOG);
}

static void
sign_in_child(void)
{
    CHILD_EXPECT(audited_sign() == CKR_OK);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

Test(audit_sinks, a_child_has_its_own)
{
    start(1 << DAEMON_SYSLOG);
    /* What two processes send has no order unless one waits. */
    cr_assert_not_null(strstr(next_line(DAEMON_SYSLOG), "\"event\":\"start\""));
    cr_assert(child_run(sign_in_child));
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_expect_eq(audit_count(audited_path, "\"event\":\"stop\""), 2);
    cr_expect_eq(audit_count(audited_path, AUDITED_SIGNED), 2);
    expect_rest(DAEMON_SYSLOG, 1);
}
