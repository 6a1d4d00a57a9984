/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's log: lines to stderr and to a file. */
#include "common/log.h"

#include "common/file.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME                                                                   \
    "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9](:[0-5][0-9]){2}[.][0-9]{6}Z"

static void
use_default_signals(void)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

TestSuite(log, .init = use_default_signals);

static void
open_log(enum log_level level, const char *target)
{
    struct error error = { 0 };

    cr_assert(log_open(level, target, &error), "%s", error.text);
}

/* Opens the log on this file of the fixture's folder; returns its path. */
static const char *
open_file(enum log_level level, const char *name)
{
    const char *path = fixture_path("%s", name);

    open_log(level, fixture_text("file:%s", path));
    return path;
}

static const char *
content_of(const char *path)
{
    struct error error = { 0 };
    size_t length;
    char *content;
    const char *lent;

    cr_assert(file_read(path, 10000, &content, &length, &error), "%s",
              error.text);
    lent = fixture_text("%s", content);
    free(content);
    return lent;
}

static void
expect_match(const char *text, const char *pattern)
{
    regex_t compiled;

    cr_assert_eq(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    cr_expect_eq(regexec(&compiled, text, 0, NULL, 0), 0, "no match: %s", text);
    regfree(&compiled);
}

/* Puts a pipe in the place of stderr and returns its reading end. */
static int
pipe_stderr(void)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return ends[0];
}

static const char *
read_pipe(int end)
{
    char text[8192];
    ssize_t length = read(end, text, sizeof(text) - 1);

    text[length > 0 ? length : 0] = '\0';
    return fixture_text("%s", text);
}

/* The descriptor that is open on this file. */
static int
descriptor_on(const char *path)
{
    struct stat file, entry;

    cr_assert_eq(stat(path, &file), 0);
    for (int i = 0; i < 1024; i++)
        if (fstat(i, &entry) == 0 && entry.st_dev == file.st_dev &&
            entry.st_ino == file.st_ino)
            return i;
    return -1;
}

Test(log, goes_to_stderr_before_it_is_opened)
{
    int end = pipe_stderr();

    log_write(LOG_LEVEL_ERROR, "one %d", 1);
    log_write(LOG_LEVEL_WARNING, "two");
    log_write(LOG_LEVEL_INFO, "three");
    cr_expect_str_eq(read_pipe(end), "p11mux: error: one 1\n"
                                     "p11mux: warning: two\n");
}

Test(log, writes_time_pid_and_level_to_a_file)
{
    const char *path = open_file(LOG_LEVEL_DEBUG, "log");
    struct stat entry;

    log_write(LOG_LEVEL_ERROR, "a %s", "message");
    log_write(LOG_LEVEL_DEBUG, "another");
    expect_match(content_of(path),
                 fixture_text("^" TIME " p11mux\\[%d\\] error: a message\n" TIME
                              " p11mux\\[%d\\] debug: another\n$",
                              getpid(), getpid()));
    cr_assert_eq(stat(path, &entry), 0);
    cr_expect_eq(entry.st_mode & 0137, 0);
}

Test(log, leaves_out_what_is_below_its_level)
{
    const char *path = open_file(LOG_LEVEL_ERROR, "log");

    log_write(LOG_LEVEL_WARNING, "no");
    cr_expect_str_eq(content_of(path), "");
    open_file(LOG_LEVEL_INFO, "log");
    log_write(LOG_LEVEL_DEBUG, "no");
    log_write(LOG_LEVEL_INFO, "yes");
    expect_match(content_of(path), "^[^\n]* info: yes\n$");
}

Test(log, writes_nothing_where_no_level_is_wanted)
{
    const enum log_level none = (enum log_level) - 1; /* LOG_LEVEL_NONE */
    const char *path = open_file(none, "log");

    log_write(LOG_LEVEL_ERROR, "no");
    cr_expect_str_eq(content_of(path), "");
    open_file(LOG_LEVEL_DEBUG, "log");
    log_write(none, "no");
    cr_expect_str_eq(content_of(path), "");
}

Test(log, goes_back_to_stderr_when_closed)
{
    int end = pipe_stderr();
    const char *path = open_file(LOG_LEVEL_DEBUG, "log");

    log_close();
    cr_expect_eq(descriptor_on(path), -1);
    log_write(LOG_LEVEL_WARNING, "closed");
    log_write(LOG_LEVEL_DEBUG, "no");
    cr_expect_str_eq(read_pipe(end), "p11mux: warning: closed\n");
    cr_expect_str_eq(content_of(path), "");
}

Test(log, stays_as_it_was_when_a_target_cannot_be_opened)
{
    static const struct {
        const char *target;
        const char *words;
    } rows[] = {
        { "nowhere", "\"nowhere\" is not known" },
        { "file:relative", "is not known" },
        { "file:", "is not known" },
        { "stderr:", "is not known" },
        { "file:/proc/no/such/log", "No such file or directory" },
        { "file:/", "Is a directory" },
        { "file:/dev/null", "no regular file" },
    };
    const char *path = open_file(LOG_LEVEL_WARNING, "log");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error error = { 0 };

        cr_expect(!log_open(LOG_LEVEL_DEBUG, rows[i].target, &error));
        cr_expect_eq(error.rv, CKR_GENERAL_ERROR);
        cr_expect_not_null(strstr(error.text, rows[i].words), "%s", error.text);
    }
    log_write(LOG_LEVEL_DEBUG, "no");
    log_write(LOG_LEVEL_WARNING, "still here");
    expect_match(content_of(path), "^[^\n]* still here\n$");
}

Test(log, follows_no_link_and_opens_no_pipe)
{
    const char *link = fixture_path("link");
    const char *pipe = fixture_path("pipe");
    struct error error = { 0 };

    cr_assert_eq(symlink(fixture_write("target", 0600, "x"), link), 0);
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    cr_expect(!log_open(LOG_LEVEL_INFO, fixture_text("file:%s", link), &error));
    cr_expect_not_null(strstr(error.text, "Too many levels of symbolic"));
    cr_expect(!log_open(LOG_LEVEL_INFO, fixture_text("file:%s", pipe), &error));
}

Test(log, appends_on_a_high_descriptor_that_no_program_inherits)
{
    const char *path = fixture_write("log", 0600, "before\n");
    int descriptor;

    open_file(LOG_LEVEL_WARNING, "log");
    log_write(LOG_LEVEL_WARNING, "after");
    expect_match(content_of(path), "^before\n[^\n]* after\n$");
    descriptor = descriptor_on(path);
    cr_expect_geq(descriptor, 200);
    cr_expect_eq(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    cr_expect(fcntl(descriptor, F_GETFL) & O_APPEND);
}

Test(log, never_writes_to_a_descriptor_that_the_host_took)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");
    const char *theirs = fixture_write("theirs", 0600, "theirs");
    int descriptor = descriptor_on(path);
    int file = open(theirs, O_RDWR | O_APPEND);

    cr_assert_eq(dup2(file, descriptor), descriptor);
    log_write(LOG_LEVEL_WARNING, "not into theirs");
    expect_match(content_of(path), "^[^\n]* not into theirs\n$");
    cr_expect_str_eq(content_of(theirs), "theirs");
    log_close();
    cr_expect_eq(fcntl(descriptor, F_GETFD), 0, "the host's was closed");
    cr_expect_eq(descriptor_on(path), -1);
}

Test(log, opens_again_what_the_host_closed)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");

    close(descriptor_on(path));
    log_write(LOG_LEVEL_WARNING, "one");
    log_write(LOG_LEVEL_WARNING, "two");
    expect_match(content_of(path), "^[^\n]* one\n[^\n]* two\n$");
}

Test(log, follows_a_rotated_file)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");
    const char *old = fixture_path("log.1");

    log_write(LOG_LEVEL_WARNING, "one");
    cr_assert_eq(rename(path, old), 0);
    log_write(LOG_LEVEL_WARNING, "two");
    expect_match(content_of(old), "^[^\n]* one\n$");
    expect_match(content_of(path), "^[^\n]* two\n$");
    cr_expect_eq(descriptor_on(old), -1);
    cr_assert_eq(rename(path, old), 0);
    fixture_write("log", 0600, "made by another\n");
    log_write(LOG_LEVEL_WARNING, "three");
    expect_match(content_of(path), "^made by another\n[^\n]* three\n$");
}

Test(log, keeps_to_a_rotated_file_where_it_may_not_make_a_new_one)
{
    const char *folder = fixture_make_folder("logs");
    const char *path = open_file(LOG_LEVEL_WARNING, "logs/log");
    const char *old = fixture_path("old");

    cr_assert_eq(rename(path, old), 0);
    cr_assert_eq(rmdir(folder), 0);
    log_write(LOG_LEVEL_WARNING, "late");
    expect_match(content_of(old), "^[^\n]* late\n$");
}

Test(log, cleans_and_cuts_a_text_to_one_line)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");
    char longer[LOG_TEXT_LENGTH + 100];
    const char *content;

    log_write(LOG_LEVEL_WARNING, "a\nb\033[2J%s", "\xc2\x9b");
    expect_match(content_of(path), " warning: a\\?b\\?\\[2J\\?\n$");
    cr_assert_eq(truncate(path, 0), 0);
    memset(longer, 'q', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    log_write(LOG_LEVEL_WARNING, "%s", longer);
    content = content_of(path);
    cr_expect_eq(strspn(strchr(content, 'q'), "q"), LOG_TEXT_LENGTH - 1);
    cr_expect_eq(content[strlen(content) - 1], '\n');
}

Test(log, keeps_errno_and_reads_it)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");

    close(descriptor_on(path)); /* so that a system call fails inside */
    errno = ENOENT;
    log_write(LOG_LEVEL_WARNING, "why: %m");
    cr_expect_eq(errno, ENOENT);
    expect_match(content_of(path), "why: No such file or directory\n$");
}

Test(log, survives_a_broken_stderr_without_a_signal)
{
    sigset_t pending, mask;

    close(pipe_stderr());
    errno = ENOENT;
    log_write(LOG_LEVEL_ERROR, "nobody reads");
    cr_expect_eq(errno, ENOENT);
    sigpending(&pending);
    cr_expect_eq(sigismember(&pending, SIGPIPE), 0);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    cr_expect_eq(sigismember(&mask, SIGPIPE), 0);
    close(STDERR_FILENO);
    log_write(LOG_LEVEL_ERROR, "nobody is there");
}

Test(log, never_waits_for_a_full_stderr_and_says_what_was_lost)
{
    int end = pipe_stderr();
    char page[4096];

    cr_assert_eq(fcntl(end, F_SETPIPE_SZ, 4096), 4096);
    memset(page, '.', sizeof(page));
    cr_assert_eq(write(STDERR_FILENO, page, sizeof(page)), sizeof(page));
    log_write(LOG_LEVEL_WARNING, "lost");
    log_write(LOG_LEVEL_WARNING, "lost");
    cr_assert_eq(read(end, page, sizeof(page)), sizeof(page));
    log_write(LOG_LEVEL_WARNING, "found");
    cr_assert_eq(fcntl(end, F_SETPIPE_SZ, 65536), 65536);
    log_write(LOG_LEVEL_WARNING, "found");
    cr_expect_str_eq(read_pipe(end),
                     "p11mux: warning: 2 messages before this one were lost: "
                     "Resource temporarily unavailable\n"
                     "p11mux: warning: 1 message before this one was lost: "
                     "Resource temporarily unavailable\n"
                     "p11mux: warning: found\n");
}

Test(log, mends_a_line_that_a_full_disk_tore)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");
    struct rlimit limit = { .rlim_cur = 20, .rlim_max = RLIM_INFINITY };

    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    log_write(LOG_LEVEL_WARNING, "torn");
    log_write(LOG_LEVEL_WARNING, "lost");
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    log_write(LOG_LEVEL_WARNING, "whole");
    expect_match(content_of(path),
                 "^.{20}\n" TIME "[^\n]* 2 messages before this one were lost: "
                 "File too large\n" TIME "[^\n]* whole\n$");
}

Test(log, works_in_a_forked_child_with_its_own_pid)
{
    const char *path = open_file(LOG_LEVEL_WARNING, "log");
    pid_t child = fork();
    int status;

    if (child == 0) {
        log_write(LOG_LEVEL_WARNING, "in the child");
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    log_write(LOG_LEVEL_WARNING, "in the parent");
    expect_match(content_of(path),
                 fixture_text("p11mux\\[%d\\] warning: in the child\n.*"
                              "p11mux\\[%d\\] warning: in the parent\n$",
                              child, getpid()));
}

Test(log, says_a_thing_once)
{
    static _Atomic(bool) said;
    int end = pipe_stderr();

    log_once(&said, LOG_LEVEL_INFO, "left out, so not said");
    for (int i = 0; i < 3; i++)
        log_once(&said, LOG_LEVEL_WARNING, "for the %d. time", i + 1);
    cr_expect_str_eq(read_pipe(end), "p11mux: warning: for the 1. time\n");
}
