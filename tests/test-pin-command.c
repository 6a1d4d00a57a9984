/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs that programs print. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "pin/command.h"
#include "tests/fixture.h"
#include "tests/pin-fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* "command:" and a new script, which may have arguments behind it. */
static const char *
script_of(const char *text)
{
    return fixture_text("command:%s", fixture_write("program", 0700,
                                                    "#!/bin/sh\n%s\n", text));
}

static void
expect_script_fails(const char *text, const char *why)
{
    expect_no_pin(script_of(text), fixture_text("PIN source command:%s: %s",
                                                fixture_path("program"), why));
}

Test(pin_command, is_the_first_line_that_is_printed)
{
    expect_pin("command:/bin/echo 1234", "1234");
    expect_pin("command:/usr/bin/printf 1234", "1234");
    expect_pin("command:/usr/bin/printf '1234\\r\\nSECRET\\n'", "1234");
    expect_pin(script_of("printf 12; printf '34\\nSECRET'"), "1234");
}

Test(pin_command, gets_its_words_as_they_are)
{
    expect_pin(fixture_text("%s 'a  $b' \"\" c\\ d",
                            script_of("echo \"$#:$1:$2:$3\"")),
               "3:a  $b::c d");
}

Test(pin_command, may_print_more_than_a_pipe_holds)
{
    expect_pin("command:/usr/bin/seq 7 100000", "7");
}

Test(pin_command, that_prints_nothing_is_an_error)
{
    static const char why[] = "it prints no PIN in its first line; check what "
                              "it prints";

    expect_script_fails("", why);
    expect_script_fails("echo; echo SECRET", why);
    expect_script_fails("echo SECRET >&2", why);
}

Test(pin_command, that_prints_too_much_is_an_error)
{
    expect_script_fails("printf '%01025d' 0",
                        "its first line is longer than any PIN; check what it "
                        "prints");
    expect_script_fails("printf '%0100000d' 0",
                        "its first line is longer than any PIN; check what it "
                        "prints");
}

Test(pin_command, that_fails_is_an_error)
{
    expect_script_fails("echo SECRET; exit 3",
                        "it ends with status 3; run it as this user to see "
                        "why");
    expect_script_fails("echo SECRET; kill -9 $$",
                        "it ends with status 137; run it as this user to see "
                        "why");
    fixture_write("program", 0700, "#!/nonexistent/sh\n");
    expect_no_pin(fixture_text("command:%s", fixture_path("program")),
                  fixture_text("PIN source command:%s: it ends with status "
                               "127; *",
                               fixture_path("program")));
}

Test(pin_command, is_a_program_that_others_cannot_change)
{
    expect_no_pin("command:/nonexistent/program SECRET",
                  "PIN source command:/nonexistent/program: /nonexistent: "
                  "cannot be opened: No such file or directory; *");
    fixture_write("program", 0722, "#!/bin/sh\necho SECRET\n");
    expect_no_pin(fixture_text("command:%s", fixture_path("program")),
                  fixture_text("PIN source command:%s: %s: this file (mode "
                               "0722, *",
                               fixture_path("program"),
                               fixture_path("program")));
    fixture_write("program", 0600, "#!/bin/sh\necho SECRET\n");
    expect_no_pin(fixture_text("command:%s", fixture_path("program")),
                  fixture_text("PIN source command:%s: cannot be executed: "
                               "Permission denied; check its path and mode",
                               fixture_path("program")));
}

Test(pin_command, has_no_descriptor_of_the_host)
{
    int descriptor = open("/dev/zero", O_RDONLY);

    cr_assert_geq(descriptor, 3);
    /* The last one is that of the folder itself. */
    expect_pin("command:/bin/ls -m /proc/self/fd", "0, 1, 2, 3");
    expect_pin("command:/bin/readlink /proc/self/fd/0", "/dev/null");
    expect_pin("command:/bin/readlink /proc/self/fd/2", "/dev/null");
    close(descriptor);
}

Test(pin_command, works_where_the_host_has_closed_its_descriptors)
{
    int saved[3];
    const char *first = "command:/bin/echo 1234";

    for (int i = 0; i < 3; i++)
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
    for (int n_closed = 1; n_closed <= 3; n_closed++) {
        struct secret secret = { 0 };
        bool is_read;

        for (int i = 0; i < n_closed; i++)
            close(i);
        is_read = pin_read(pin_of(first), NULL, &secret, NULL);
        for (int i = 0; i < 3; i++)
            dup2(saved[i], i);
        cr_expect(is_read, "with %d closed", n_closed);
        cr_expect(secret_equals(&secret, "1234", 4));
        secret_wipe(&secret);
    }
}

Test(pin_command, leaves_no_descriptor_open)
{
    int before = dup(0);

    cr_assert_geq(before, 0);
    close(before);
    expect_pin("command:/bin/echo 1234", "1234");
    expect_no_pin("command:/bin/false", "*");
    cr_expect_eq(dup(0), before);
    for (int descriptor = 200; descriptor < 210; descriptor++)
        cr_expect_neq(close(descriptor), 0, "%d is open", descriptor);
}

Test(pin_command, has_no_signal_blocked_or_ignored)
{
    sigset_t blocked, after;

    signal(SIGPIPE, SIG_IGN);
    sigfillset(&blocked);
    cr_assert_eq(sigprocmask(SIG_SETMASK, &blocked, NULL), 0);
    expect_pin("command:/bin/grep SigBlk /proc/self/status",
               "SigBlk:\t0000000000000000");
    expect_script_fails("kill -PIPE $$; echo 1234",
                        "it ends with status 141; run it as this user to see "
                        "why");
    cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    cr_expect(sigismember(&after, SIGTERM));
    sigemptyset(&blocked);
    cr_assert_eq(sigprocmask(SIG_SETMASK, &blocked, NULL), 0);
    expect_pin("command:/bin/echo 1234", "1234");
    cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    cr_expect_not(sigismember(&after, SIGTERM));
}

static volatile sig_atomic_t n_signals;

static void
count(int number)
{
    (void)number;
    n_signals = n_signals + 1;
}

Test(pin_command, makes_no_signal_in_the_host)
{
    signal(SIGCHLD, count);
    expect_pin("command:/bin/echo 1234", "1234");
    expect_no_pin("command:/bin/false", "*");
    cr_expect_eq(n_signals, 0);
}

Test(pin_command, works_where_the_host_ignores_its_children)
{
    signal(SIGCHLD, SIG_IGN);
    expect_pin("command:/bin/echo 1234", "1234");
    expect_script_fails("exit 3", "it ends with status 3; run it as this user "
                                  "to see why");
}

/* Waits for any child, as servers do, and returns which one it was. */
static void *
wait_for_any(void *out)
{
    *(pid_t *)out = waitpid(-1, NULL, 0);
    return NULL;
}

Test(pin_command, is_not_among_the_children_of_the_host)
{
    pid_t child, ended = 0;
    pthread_t thread;
    int ends[2];
    char byte;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_any, &ended), 0);
    for (int i = 0; i < 20; i++)
        expect_pin("command:/bin/echo 1234", "1234");
    close(ends[1]);
    pthread_join(thread, NULL);
    cr_expect_eq(ended, child);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}

Test(pin_command, gets_the_environment_of_the_host_unless_it_is_raised)
{
    char *printenv[] = { (char[]){ "/usr/bin/printenv" }, (char[]){ "A" },
                         NULL };
    char *path[] = { (char[]){ "/usr/bin/env" }, NULL };
    CLEANUP(secret_wipe) struct secret secret = { 0 };
    struct error error = { 0 };

    fixture_setenv("A", "1234");
    expect_pin("command:/usr/bin/printenv A", "1234");
    cr_expect(pin_command_read(printenv, false, &secret, &error));
    cr_expect_not(pin_command_read(printenv, true, &secret, &error));
    cr_expect(pin_command_read(path, true, &secret, &error));
    cr_expect(secret_equals(&secret, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", 34));
}

/* -- The time limit -- */

static const char *started;

/* Ten seconds go by when the program has said that it runs. */
static uint64_t
clock_of_test(void)
{
    struct stat status;

    return stat(started, &status) == 0 && status.st_size > 0
               ? UINT64_C(20000000001)
               : UINT64_C(10000000000);
}

/* Whether a process has ended, waited for or not. */
static bool
has_ended(const char *pid)
{
    char text[512] = "";
    int stat_file =
        open(fixture_text("/proc/%s/stat", pid), O_RDONLY | O_CLOEXEC);
    const char *state;

    if (stat_file < 0)
        return true;
    if (read(stat_file, text, sizeof(text) - 1) <= 0)
        text[0] = '\0';
    close(stat_file);
    state = strrchr(text, ')');
    return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

static void
expect_ended(const char *pids)
{
    char pid[16];
    int n_read = 0, length;

    for (; sscanf(pids, "%15s%n", pid, &length) == 1; pids += length) {
        n_read++;
        while (!has_ended(pid))
            sched_yield();
    }
    cr_expect_eq(n_read, 2);
}

Test(pin_command, that_takes_too_long_is_killed_with_its_children,
     .timeout = 60)
{
    char pids[64] = "";
    FILE *file;

    started = fixture_path("started");
    cr_assert_eq(mkfifo(fixture_path("pipe"), 0600), 0);
    clock_set_source(clock_of_test);
    expect_script_fails(fixture_text("cat %s & echo SECRET; echo $! $$ >%s; "
                                     "wait",
                                     fixture_path("pipe"), started),
                        "it takes longer than 10 s and was killed; run it as "
                        "this user to see why");
    clock_set_source(NULL);
    file = fopen(started, "re");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(pids, sizeof(pids), file));
    fclose(file);
    expect_ended(pids);
}

Test(pin_command, may_leave_somebody_behind_who_could_print_more, .timeout = 60)
{
    const char *behind;
    int writer;

    cr_assert_eq(mkfifo(fixture_path("pipe"), 0600), 0);
    writer = open(fixture_path("pipe"), O_RDWR | O_CLOEXEC);
    cr_assert_geq(writer, 0);
    behind = fixture_text("exec 3<%s; cat <&3 & ", fixture_path("pipe"));
    expect_pin(script_of(fixture_text("%s echo 1234", behind)), "1234");
    expect_pin(script_of(fixture_text("%s printf 1234", behind)), "1234");
    /* They end when the pipe does. */
    close(writer);
}
