/* SPDX-License-Identifier: BSD-3-Clause */
/* How long the report of a large log takes, and how much memory, as a table in
 * Markdown. */
#include "tests/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const sizes[] = { "10000", "100000", "1000000" };

static double
now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
make_log(const char *size, const char *log)
{
    const char *command =
        fixture_text("exec python3 '%s/tests/report-log.py' %s >'%s'",
                     getenv("P11MUX_SRCDIR"), size, log);

    if (system(command) != 0)
        fixture_fail("the log cannot be made");
}

/* Returns what it used. */
static struct rusage
run_report(const char *page, const char *log)
{
    const char *tool = getenv("P11MUX_TOOL");
    struct rusage used;
    pid_t child = fork();
    int status;

    if (child == 0) {
        int descriptor = open("/dev/null", O_WRONLY);

        if (descriptor >= 0 && dup2(descriptor, STDOUT_FILENO) >= 0)
            (void)execl(tool, tool, "audit", "report", "--html", page, log,
                        (char *)NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0)
        fixture_fail("the report has failed");
    return used;
}

static void
measure(const char *size)
{
    const char *log = fixture_path("log-%s", size);
    const char *page = fixture_path("page-%s", size);
    struct rusage used;
    struct stat entry;
    double begin, taken;

    make_log(size, log);
    begin = now();
    used = run_report(page, log);
    taken = now() - begin;
    if (stat(page, &entry) != 0)
        fixture_fail("there is no page");
    printf("| %s | %.2f s | %.2f s | %ld KiB | %lld KiB |\n", size, taken,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
           used.ru_maxrss, (long long)entry.st_size / 1024);
    (void)fflush(stdout);
}

int
main(void)
{
    if (getenv("P11MUX_SRCDIR") == NULL || getenv("P11MUX_TOOL") == NULL)
        fixture_fail("to be run by make bench");
    printf("| records | report | of one processor | memory | page |\n"
           "|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        measure(sizes[i]);
    return 0;
}
