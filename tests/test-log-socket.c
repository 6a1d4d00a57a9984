/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's log: messages to syslog and to the journal. */
#include "common/log.h"

#include "common/daemon.h"
#include "tests/daemons.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The next datagram, "" when there is none. */
static const char *
receive(int daemon)
{
    size_t length;
    const char *text = daemons_receive_now(daemon, &length);

    return fixture_text("%s", text == NULL ? "" : text);
}

static const char *
use_sockets(void)
{
    const char *path = fixture_path("socket");

    daemon_set_paths(path, path);
    return path;
}

static void
open_log(const char *target)
{
    struct error error = { 0 };

    cr_assert(log_open(LOG_LEVEL_DEBUG, target, &error), "%s", error.text);
}

Test(log_socket, syslog_gets_facility_severity_name_and_pid)
{
    int daemon = daemons_listen(use_sockets());

    open_log("syslog");
    log_write(LOG_LEVEL_ERROR, "one\ntwo");
    cr_expect_str_eq(receive(daemon),
                     fixture_text("<11>p11mux[%d]: one?two", getpid()));
    log_write(LOG_LEVEL_WARNING, "a");
    cr_expect_eq(strncmp(receive(daemon), "<12>", 4), 0);
    log_write(LOG_LEVEL_INFO, "a");
    cr_expect_eq(strncmp(receive(daemon), "<14>", 4), 0);
    log_write(LOG_LEVEL_DEBUG, "a");
    cr_expect_eq(strncmp(receive(daemon), "<15>", 4), 0);
    cr_expect_str_eq(receive(daemon), "");
}

Test(log_socket, journal_gets_its_fields)
{
    int daemon = daemons_listen(use_sockets());

    open_log("journal");
    /* A newline would begin another field. */
    log_write(LOG_LEVEL_WARNING, "one\nPRIORITY=0");
    cr_expect_str_eq(receive(daemon), "PRIORITY=4\nSYSLOG_IDENTIFIER=p11mux\n"
                                      "MESSAGE=one?PRIORITY=0\n");
}

Test(log_socket, that_nobody_listens_on_is_named)
{
    const char *path = use_sockets();
    struct error error = { 0 };

    cr_expect(!log_open(LOG_LEVEL_DEBUG, "syslog", &error));
    cr_expect_not_null(strstr(error.text, path), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
    cr_expect(!log_open(LOG_LEVEL_DEBUG, "journal", &error));
    cr_expect_not_null(strstr(error.text, "\"journal\""), "%s", error.text);
}

Test(log_socket, too_long_a_path_is_refused_and_not_cut)
{
    char path[200];
    struct error error = { 0 };

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    daemon_set_paths(path, NULL);
    cr_expect(!log_open(LOG_LEVEL_DEBUG, "syslog", &error));
    cr_expect_not_null(strstr(error.text, "File name too long"), "%s",
                       error.text);
}

Test(log_socket, is_found_again_when_the_daemon_restarts)
{
    int daemon = daemons_listen(use_sockets());

    open_log("syslog");
    log_write(LOG_LEVEL_ERROR, "before");
    cr_expect_not_null(strstr(receive(daemon), "before"));
    close(daemon);
    log_write(LOG_LEVEL_ERROR, "lost");
    daemon = daemons_listen(use_sockets());
    log_write(LOG_LEVEL_ERROR, "after");
    cr_expect_not_null(strstr(receive(daemon), "1 message before this one was "
                                               "lost: Connection refused"));
    cr_expect_not_null(strstr(receive(daemon), "after"));
}

Test(log_socket, never_waits_for_a_daemon_that_hangs)
{
    int daemon = daemons_listen(use_sockets());
    int n_received = 0;
    const char *text;

    open_log("syslog");
    /* More than any queue of a socket holds. */
    for (int i = 0; i < 20000; i++)
        log_write(LOG_LEVEL_ERROR, "message %d", i);
    while (*(text = receive(daemon)) != '\0')
        n_received++;
    cr_expect_gt(n_received, 0);
    cr_expect_lt(n_received, 20000);
    log_write(LOG_LEVEL_ERROR, "again");
    cr_expect_not_null(
        strstr(receive(daemon),
               fixture_text("%d messages before this one were lost",
                            20000 - n_received)));
    cr_expect_not_null(strstr(receive(daemon), "again"));
}

/* The log's socket, which is the only one from 200. */
static int
descriptor_of_log(void)
{
    for (int i = 200; i < 300; i++)
        if (fcntl(i, F_GETFD) >= 0)
            return i;
    return -1;
}

Test(log_socket, of_the_host_is_never_written_to)
{
    int daemon = daemons_listen(use_sockets());
    int theirs[2];
    int ours;

    open_log("journal");
    ours = descriptor_of_log();
    cr_assert_geq(ours, 200);
    cr_expect_eq(fcntl(ours, F_GETFD), FD_CLOEXEC);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, theirs), 0);
    cr_assert_eq(dup2(theirs[0], ours), ours);
    log_write(LOG_LEVEL_ERROR, "not to them");
    cr_expect_str_eq(receive(theirs[1]), "");
    cr_expect_not_null(strstr(receive(daemon), "not to them"));
    log_close();
    cr_expect_eq(fcntl(ours, F_GETFD), 0, "the host's was closed");
}
