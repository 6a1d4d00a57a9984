/* SPDX-License-Identifier: BSD-3-Clause */
/* Records on their way to a daemon that reads, hangs, goes or comes back. */
#include "audit/relay.h"

#include "common/clock.h"
#include "tests/child.h"
#include "tests/daemons.h"
#include "tests/fixture.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *path;
static int listener;
static struct relay *relay;

static void
begin(bool may_create_threads)
{
    path = fixture_path("log");
    listener = daemons_listen(path);
    daemon_set_paths(path, fixture_path("journal"));
    relay = relay_new(DAEMON_SYSLOG, may_create_threads);
    cr_assert_not_null(relay);
}

static void
setup(void)
{
    begin(true);
}

static void
setup_without_threads(void)
{
    begin(false);
}

TestSuite(audit_relay, .init = setup, .timeout = 60);
TestSuite(audit_relay_alone, .init = setup_without_threads, .timeout = 60);

static void
put(unsigned n)
{
    char line[128];
    int length = snprintf(line, sizeof(line),
                          "{\"v\":1,\"run\":\"r\",\"n\":%u,\"time\":\"t\","
                          "\"event\":\"sign\"}\n",
                          n);

    relay_put(relay, line, (size_t)length);
}

/* The number of the next record that the daemon reads; -1: there is none. */
static long
next(bool waits)
{
    size_t length;
    const char *message = waits ? daemons_receive(listener, &length)
                                : daemons_receive_now(listener, &length);
    struct syslog_message parsed;

    if (message == NULL)
        return -1;
    syslog_parse(message, &parsed);
    return strtol(syslog_parameter(&parsed, "n"), NULL, 10);
}

/* A second of the test is a millisecond of the relay's. */
static uint64_t
count_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) * 1000;
}

/* -- With a thread -------------------------------------------------------- */

Test(audit_relay, all_records_come_in_their_order)
{
    for (unsigned i = 0; i < 3000; i += 3) {
        put(i);
        put(i + 1);
        put(i + 2);
        for (unsigned k = i; k < i + 3; k++)
            cr_assert_eq(next(true), k);
    }
    relay_free(relay);
    cr_expect_eq(next(false), -1);
}

Test(audit_relay, several_lines_are_as_many_records)
{
    static const char lines[] = "\n{\"n\":1}\n\n{\"n\":2}\n";

    relay_put(relay, lines, strlen(lines));
    cr_expect_eq(next(true), 1);
    cr_expect_eq(next(true), 2);
    relay_free(relay);
    cr_expect_eq(next(false), -1);
}

Test(audit_relay, what_waits_is_sent_at_the_end)
{
    for (unsigned i = 0; i < 5; i++)
        put(i);
    relay_free(relay);
    for (unsigned i = 0; i < 5; i++)
        cr_expect_eq(next(false), i);
}

enum { MANY = 40000 }; /* more than the queue and any socket hold */

Test(audit_relay, a_daemon_that_hangs_keeps_nobody_and_is_said_once)
{
    const char *said;
    unsigned n_put = MANY, n_read = 0;
    long last = -1, number;

    heard_begin();
    for (unsigned i = 0; i < MANY; i++)
        put(i);
    /* It begins to read, faster than records come, until none is left. */
    while (last != (long)n_put - 1) {
        put(n_put++);
        for (number = next(true); number >= 0; number = next(false)) {
            cr_assert_gt(number, last);
            last = number;
            n_read++;
        }
    }
    relay_free(relay);
    said = heard_end();
    cr_expect_lt(n_read, n_put);
    cr_expect_not_null(strstr(said, "takes no records: what was sent is not "
                                    "read"),
                       "%s", said);
    cr_expect_not_null(strstr(said, fixture_text("takes records again; %u did "
                                                 "not reach it",
                                                 n_put - n_read)),
                       "%u: %s", n_read, said);
    cr_expect_null(
        strstr(strstr(said, "takes no records") + 1, "takes no records"));
}

Test(audit_relay, a_daemon_that_hangs_does_not_keep_the_end)
{
    const char *said;
    unsigned n_read = 0;

    heard_begin();
    for (unsigned i = 0; i < MANY; i++)
        put(i);
    relay_free(relay);
    said = heard_end();
    while (next(false) >= 0)
        n_read++;
    cr_expect_not_null(strstr(said, fixture_text("the last %u records did not "
                                                 "reach %s",
                                                 MANY - n_read, path)),
                       "%u: %s", n_read, said);
}

Test(audit_relay, a_daemon_that_comes_back_gets_what_came_meanwhile)
{
    const char *said;

    clock_set_source(count_seconds);
    heard_begin();
    put(0);
    cr_assert_eq(next(true), 0);
    close(listener);
    unlink(path);
    for (unsigned i = 1; i < 10; i++)
        put(i);
    listener = daemons_listen(path);
    for (unsigned i = 1; i < 10; i++)
        cr_assert_eq(next(true), i);
    relay_free(relay);
    said = heard_end();
    if (strstr(said, "takes no records") != NULL)
        cr_expect_not_null(strstr(said, "takes records again; 0 did not "
                                        "reach it"),
                           "%s", said);
}

Test(audit_relay, a_daemon_that_is_not_there_is_said)
{
    const char *said;

    close(listener);
    unlink(path);
    heard_begin();
    put(0);
    relay_free(relay);
    said = heard_end();
    cr_expect_not_null(strstr(said, fixture_text("audit sink \"syslog\": %s "
                                                 "takes no records: No such "
                                                 "file or directory",
                                                 path)),
                       "%s", said);
    cr_expect_not_null(strstr(said, "the last 1 records did not reach"), "%s",
                       said);
}

/* The line end behind a torn line. */
Test(audit_relay, an_empty_line_is_no_record_that_did_not_arrive)
{
    static const char lines[] = "\n{\"n\":1}\n\n{\"n\":2}\n";
    const char *said;

    close(listener);
    unlink(path);
    heard_begin();
    relay_put(relay, lines, strlen(lines));
    relay_free(relay);
    said = heard_end();
    cr_expect_not_null(strstr(said, "the last 2 records did not reach"), "%s",
                       said);
}

/* The only socket from 200 on that is not the daemon's. */
static int
find_socket(void)
{
    for (int i = 200; i < 300; i++)
        if (i != listener && fcntl(i, F_GETFD) >= 0)
            return i;
    fixture_fail("no socket is open");
}

Test(audit_relay, a_descriptor_that_the_host_reused_gets_nothing)
{
    int theirs[2];
    int ours;
    char byte;

    put(0);
    cr_assert_eq(next(true), 0);
    ours = find_socket();
    cr_expect_eq(fcntl(ours, F_GETFD), FD_CLOEXEC);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, theirs), 0);
    cr_assert_eq(dup2(theirs[0], ours), ours);
    put(1);
    cr_assert_eq(next(true), 1);
    relay_free(relay);
    cr_expect_eq(recv(theirs[1], &byte, 1, 0), -1);
    cr_expect_geq(fcntl(ours, F_GETFD), 0, "the host's was closed");
}

/* -- Forked children ------------------------------------------------------ */

static void
put_in_child(void)
{
    relay = relay_new(DAEMON_SYSLOG, true);
    put(1);
    relay_free(relay);
}

Test(audit_relay, a_child_goes_on_with_the_socket_it_inherited)
{
    put(0);
    cr_assert_eq(next(true), 0);
    /* The child cannot connect. */
    cr_assert_eq(unlink(path), 0);
    cr_assert(child_run(put_in_child));
    cr_expect_eq(next(true), 1);
    put(2);
    cr_expect_eq(next(true), 2);
    relay_free(relay);
}

/* -- Without a thread ----------------------------------------------------- */

static unsigned
count_threads(void)
{
    char text[64] = "";
    unsigned n = 0;
    FILE *file = fopen("/proc/self/status", "re");

    while (fgets(text, sizeof(text), file) != NULL)
        if (sscanf(text, "Threads: %u", &n) == 1)
            break;
    fclose(file);
    return n;
}

Test(audit_relay_alone, records_are_sent_at_once)
{
    unsigned n_threads = count_threads();

    put(0);
    cr_expect_eq(next(false), 0);
    put(1);
    cr_expect_eq(next(false), 1);
    cr_expect_eq(count_threads(), n_threads);
    relay_free(relay);
}

Test(audit_relay, no_thread_begins_when_threads_are_forbidden)
{
    unsigned n_threads = count_threads();

    relay_forbid_threads(relay);
    put(0);
    cr_expect_eq(next(false), 0);
    cr_expect_eq(count_threads(), n_threads);
    relay_free(relay);
}

Test(audit_relay_alone, a_daemon_that_hangs_keeps_nobody)
{
    unsigned n_read = 0;
    const char *said;

    heard_begin();
    for (unsigned i = 0; i < MANY; i++)
        put(i);
    while (next(false) >= 0)
        n_read++;
    put(MANY);
    while (next(false) >= 0)
        n_read++;
    for (unsigned i = 0; i < MANY; i++) {
        relay_put(relay, "\n", 1);
        while (next(false) >= 0)
            n_read++;
    }
    relay_free(relay);
    said = heard_end();
    cr_expect_lt(n_read, MANY);
    cr_expect_not_null(strstr(said, fixture_text("takes records again; %u did "
                                                 "not reach it",
                                                 MANY + 1 - n_read)),
                       "%u: %s", n_read, said);
}
