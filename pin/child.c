/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts a program behind a guardian, a child that gives no signal. */
#include "pin/child.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUARDIAN_STACK_SIZE = 64 * 1024, CANNOT_EXECUTE = 127 };

struct launch {
    char *const *arguments;
    char *const *environment;
    int output; /* where the program prints */
};

/* What follows runs in a copy of a process with threads: only system calls. */

/* Signals that the host ignores would stay ignored in the program. */
static void
signals_reset(void)
{
    const struct sigaction plain = { .sa_handler = SIG_DFL };

    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &plain, NULL);
}

static void __attribute__((noreturn)) program_run(const struct launch *launch)
{
    int nothing = open("/dev/null", O_RDWR);
    sigset_t none;

    /* In this order: where the host has closed some of the three, `nothing`
     * is one of them. */
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(launch->output, 1) < 0 ||
        dup2(0, 2) < 0 || close_range(3, UINT_MAX, 0) != 0)
        _exit(CANNOT_EXECUTE);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execve(launch->arguments[0], launch->arguments, launch->environment);
    _exit(CANNOT_EXECUTE);
}

/*
 * The guardian has every signal blocked, so that no handler of the host runs
 * in it, and a process group of its own. It keeps none of the host's
 * descriptors: a connection that the host closes is closed.
 */
static int
guardian_run(void *context)
{
    const struct launch *launch = context;
    int status = 0;
    pid_t program;

    signals_reset();
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    program = _Fork();
    if (program == 0)
        program_run(launch);
    (void)close_range(0, UINT_MAX, 0);
    if (program < 0)
        _exit(CANNOT_EXECUTE);
    while (waitpid(program, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* And this in the host. */

/*
 * A child with the signal 0 is one that the host's waitpid(-1) does not see,
 * and that makes no SIGCHLD. It cannot be the program itself: execve gives
 * every process the signal SIGCHLD.
 */
static bool
guardian_start(struct launch *launch, struct child *child)
{
    CLEANUP(freep) char *stack = malloc(GUARDIAN_STACK_SIZE);
    sigset_t all;
    sigset_t before;
    int reason;

    if (stack == NULL)
        return false;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    child->id = clone(guardian_run, stack + GUARDIAN_STACK_SIZE, CLONE_PIDFD,
                      launch, &child->process);
    reason = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return child->id > 0;
}

bool
child_start(char *const *arguments, char *const *environment, struct child *out)
{
    CLEANUP(closep) int printing = -1;
    struct launch launch = { .arguments = arguments,
                             .environment = environment };
    int ends[2];

    *out = (struct child){ .id = -1, .process = -1, .output = -1 };
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    out->output = file_raise_descriptor(ends[0]);
    printing = launch.output = file_raise_descriptor(ends[1]);
    if (out->output < 0 || printing < 0 ||
        fcntl(out->output, F_SETFL, O_NONBLOCK) != 0 ||
        !guardian_start(&launch, out)) {
        (void)child_end(out);
        return false;
    }
    out->process = file_raise_descriptor(out->process);
    if (out->process >= 0)
        return true;
    child_kill(out);
    (void)child_end(out);
    return false;
}

void
child_kill(const struct child *child)
{
    /* Nobody else has the number: the guardian was not waited for. It may be
     * so young that its group is not there, and then it starts nothing. */
    if (child->id <= 0)
        return;
    (void)kill(child->id, SIGKILL);
    (void)kill(-child->id, SIGKILL);
}

int
child_end(struct child *child)
{
    int reason = errno;
    siginfo_t info = { .si_code = 0 };
    int result = -1;

    while (child->id > 0 &&
           (result = waitid(P_PID, (id_t)child->id, &info, WEXITED | __WALL)) !=
               0 &&
           errno == EINTR)
        continue;
    closep(&child->process);
    closep(&child->output);
    *child = (struct child){ .id = -1, .process = -1, .output = -1 };
    errno = reason;
    if (result != 0)
        return -1;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}
