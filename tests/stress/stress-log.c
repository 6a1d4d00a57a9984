/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that log while others change where the log goes, and fork: no line
 * is damaged and none is missing. A plain program, since it also runs under
 * ThreadSanitizer.
 */
#include "common/file.h"
#include "common/log.h"
#include "tests/sanitized.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_WRITERS = 4, N_LINES = 4000, N_FILES = 3, N_FORKS = 20 };

static char folder[PATH_MAX];
static char targets[N_FILES][PATH_MAX + 32];
static char seen[N_WRITERS][N_LINES];
static _Atomic(unsigned) n_running = N_WRITERS;

static unsigned n_passed;
static unsigned n_failed;

static void
check(bool holds, const char *what)
{
    if (holds)
        n_passed++;
    else
        n_failed++;
    printf("%s %s\n", holds ? "ok  " : "FAIL", what);
}

static void *
write_lines(void *number)
{
    for (int i = 0; i < N_LINES; i++)
        log_write(LOG_LEVEL_WARNING, "writer %d line %d end",
                  (int)((char(*)[N_LINES])number - seen), i);
    atomic_fetch_sub(&n_running, 1);
    return NULL;
}

static void *
change_targets(void *failure)
{
    for (unsigned i = 0; atomic_load(&n_running) > 0; i++)
        if (!log_open(LOG_LEVEL_WARNING, targets[i % N_FILES], NULL))
            *(bool *)failure = true;
    return NULL;
}

/*
 * Children that log while threads of the parent were in the middle of it. Their
 * descriptors may be older than the target they find, which they open anew.
 */
static void *
fork_children(void *failure)
{
    for (unsigned i = 0; i < N_FORKS; i++) {
        pid_t child = fork();
        int status = 1;

        if (child == 0) {
            alarm(60);
            log_write(LOG_LEVEL_WARNING, "child %u", i);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            *(bool *)failure = true;
    }
    return NULL;
}

/* Notes one line; false when it is none of ours or was there before. */
static bool
note_line(const char *line, unsigned *n_children)
{
    const char *text = strstr(line, " warning: ");
    int writer, number, end = 0;

    if (text == NULL)
        return false;
    text += strlen(" warning: ");
    if (sscanf(text, "child %d%n", &number, &end) == 1 && text[end] == '\0') {
        ++*n_children;
        return true;
    }
    if (sscanf(text, "writer %d line %d end%n", &writer, &number, &end) != 2 ||
        end == 0 || text[end] != '\0' || writer < 0 || writer >= N_WRITERS ||
        number < 0 || number >= N_LINES || seen[writer][number] != 0)
        return false;
    seen[writer][number] = 1;
    return true;
}

static void
check_files(void)
{
    unsigned n_damaged = 0, n_children = 0, n_seen = 0;

    for (size_t i = 0; i < N_FILES; i++) {
        const char *path = targets[i] + strlen("file:");
        char line[4096];
        FILE *file = fopen(path, "re");

        while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
            char *newline = strchr(line, '\n');

            if (newline != NULL)
                *newline = '\0';
            if (newline == NULL || !note_line(line, &n_children))
                n_damaged++;
        }
        if (file != NULL)
            fclose(file);
        unlink(path);
    }
    for (int i = 0; i < N_WRITERS; i++)
        for (int k = 0; k < N_LINES; k++)
            n_seen += (unsigned)seen[i][k];
    check(n_damaged == 0, "no line is damaged or twice there");
    check(n_seen == N_WRITERS * N_LINES, "no line is missing");
    check(n_children == N_FORKS, "no line of a child is missing");
}

/* What this process has open from 200, where the log's descriptors are. */
static unsigned
count_descriptors(void)
{
    unsigned n = 0;
    struct stat entry;

    for (int i = 200; i < 2048; i++)
        n += fstat(i, &entry) == 0;
    return n;
}

static void
run_threads(void)
{
    pthread_t writers[N_WRITERS], changers[2], forker;
    bool open_failed[2] = { false, false };
    bool fork_failed = false;

    for (size_t i = 0; i < 2; i++)
        pthread_create(&changers[i], NULL, change_targets, &open_failed[i]);
    for (size_t i = 0; i < N_WRITERS; i++)
        pthread_create(&writers[i], NULL, write_lines, seen[i]);
    if (CHILDREN_MAY_ALLOCATE)
        pthread_create(&forker, NULL, fork_children, &fork_failed);
    for (size_t i = 0; i < N_WRITERS; i++)
        pthread_join(writers[i], NULL);
    for (size_t i = 0; i < 2; i++)
        pthread_join(changers[i], NULL);
    if (CHILDREN_MAY_ALLOCATE)
        pthread_join(forker, NULL);
    else
        fork_children(&fork_failed);
    check(!open_failed[0] && !open_failed[1], "each change of target works");
    check(!fork_failed, "a forked child logs");
}

int
main(void)
{
    const char *parent = getenv("TMPDIR");
    unsigned n_open = count_descriptors();

    snprintf(folder, sizeof(folder), "%s/stress-log-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        return 1;
    for (int i = 0; i < N_FILES; i++)
        snprintf(targets[i], sizeof(targets[i]), "file:%s/%d", folder, i);
    check(log_open(LOG_LEVEL_WARNING, targets[0], NULL), "the log opens");
    run_threads();
    log_close();
    check(count_descriptors() == n_open, "no descriptor is left open");
    check_files();
    rmdir(folder);
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
