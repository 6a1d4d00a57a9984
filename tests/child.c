/* SPDX-License-Identifier: BSD-3-Clause */
/* Forked children of a test. */
#include "tests/child.h"

#include "tests/sanitized.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void
child_expect(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    /* Not by stdio: another thread may hold its lock at the fork. */
    (void)dprintf(STDERR_FILENO, "%s:%d: child: not so: %s\n", file, line,
                  what);
    _exit(1);
}

/* The letter that proc(5) has for what a thread does; S: it sleeps. */
static char
thread_state(const char *number)
{
    char path[64], text[256];
    const char *state = NULL;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", number);
    file = fopen(path, "re");
    if (file == NULL)
        return 'X'; /* it has ended */
    if (fgets(text, sizeof(text), file) != NULL)
        state = strrchr(text, ')');
    fclose(file);
    return state != NULL && strlen(state) > 2 ? state[2] : 'X';
}

static bool
others_run(void)
{
    const long self = (long)syscall(SYS_gettid);
    DIR *folder = opendir("/proc/self/task");
    bool is_running = false;

    if (folder == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.' && atol(entry->d_name) != self &&
            strchr("RD", thread_state(entry->d_name)) != NULL)
            is_running = true;
    closedir(folder);
    return is_running;
}

/* AddressSanitizer's allocator has locks that a fork does not look after, and
 * a thread that starts is inside: the child would wait for ever. A thread that
 * never rests is not waited for. */
pid_t
child_fork(void (*run)(void))
{
    pid_t child;

    for (int i = 0; HAS_ADDRESS_SANITIZER && i < 50 && others_run(); i++)
        sched_yield();
    child = fork();
    if (child != 0)
        return child;
    run();
    _exit(0);
}

bool
child_is_content(pid_t child)
{
    int status = 0;

    if (waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        (void)dprintf(STDERR_FILENO, "child: ended by signal %d\n",
                      WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
child_run(void (*run)(void))
{
    return child_is_content(child_fork(run));
}
