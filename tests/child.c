/* SPDX-License-Identifier: BSD-3-Clause */
/* Forked children of a test. */
#include "tests/child.h"

#include <stdio.h>
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

pid_t
child_fork(void (*run)(void))
{
    pid_t child = fork();

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
