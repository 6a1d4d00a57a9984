/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at each system call of a child that may be a step, by a filter of
 * seccomp(2) and ptrace(2). */
#include "tests/victim.h"

#include "tests/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NONE = -1 };

/* Which of a call's arguments say what it changes. */
struct step {
    unsigned number;
    int folder; /* a descriptor, of the path's folder or of the file itself */
    int path;
    int flags; /* it changes something where one of these makes or empties */
};

static const struct step steps[] = {
    { SYS_openat, 0, 1, 2 },         { SYS_mkdirat, 0, 1, NONE },
    { SYS_unlinkat, 0, 1, NONE },    { SYS_renameat2, 0, 1, NONE },
    { SYS_linkat, 2, 3, NONE },      { SYS_write, 0, NONE, NONE },
    { SYS_pwrite64, 0, NONE, NONE }, { SYS_ftruncate, 0, NONE, NONE },
    { SYS_fchmod, 0, NONE, NONE },
#ifdef SYS_open /* machines that have these too */
    { SYS_open, NONE, 0, 1 },        { SYS_creat, NONE, 0, NONE },
    { SYS_mkdir, NONE, 0, NONE },    { SYS_unlink, NONE, 0, NONE },
    { SYS_rename, NONE, 0, NONE },   { SYS_renameat, 0, 1, NONE },
    { SYS_link, NONE, 1, NONE },
#endif
};

enum { N_STEPS = sizeof(steps) / sizeof(steps[0]), LENGTH = 4096 };

/* -- The child --------------------------------------------------------------
 */

/* What may be a step stops the child; nothing else does. */
static bool
install_filter(void)
{
    struct sock_filter code[2 * N_STEPS + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
    };
    struct sock_fprog program = { .len = 1, .filter = code };

    for (size_t i = 0; i < N_STEPS; i++) {
        code[program.len++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                         steps[i].number, 0, 1);
        code[program.len++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[program.len++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void
be_victim(void (*run)(void))
{
    (void)setpgid(0, 0);
    (void)raise(SIGSTOP); /* until it is looked at */
    if (!install_filter())
        fixture_fail("seccomp: %s", strerror(errno));
    run();
    _exit(0);
}

/* -- What it does -----------------------------------------------------------
 */

/* The end of a link below /proc, or "". */
static void
read_link(pid_t process, const char *name, char *out)
{
    char path[64];
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
    length = readlink(path, out, LENGTH - 1);
    out[length < 0 ? 0 : length] = '\0';
}

static void
read_text(pid_t process, uint64_t address, char *out)
{
    char path[64];
    ssize_t length = 0;
    int memory;

    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)process);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    if (memory >= 0) {
        length = pread(memory, out, LENGTH - 1, (off_t)address);
        (void)close(memory);
    }
    out[length < 0 ? 0 : length] = '\0';
}

static bool
is_below(const char *folder, const char *path)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* What a call changes, as a path. */
static void
read_place(pid_t process, const struct step *step, const uint64_t *arguments,
           char *out)
{
    char name[32] = "cwd", text[LENGTH] = "", base[LENGTH];

    if (step->path != NONE)
        read_text(process, arguments[step->path], text);
    if (text[0] == '/') {
        memcpy(out, text, LENGTH);
        return;
    }
    if (step->folder != NONE && (int)arguments[step->folder] != AT_FDCWD)
        (void)snprintf(name, sizeof(name), "fd/%d",
                       (int)arguments[step->folder]);
    read_link(process, name, base);
    (void)snprintf(out, 2 * LENGTH, "%s/%s", base, text);
}

static bool
is_step(pid_t process, const char *folder)
{
    struct __ptrace_syscall_info info;
    char place[2 * LENGTH];

    if (ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof(info), &info) <= 0)
        return false;
    for (size_t i = 0; i < N_STEPS; i++) {
        const struct step *step = &steps[i];
        const uint64_t *arguments = info.seccomp.args;

        if (step->number != info.seccomp.nr)
            continue;
        if (step->flags != NONE &&
            (arguments[step->flags] & (O_CREAT | O_TRUNC)) == 0)
            return false;
        read_place(process, step, arguments, place);
        return is_below(folder, place);
    }
    return false;
}

/* -- Its end ----------------------------------------------------------------
 */

static void
look_at(pid_t child)
{
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    int status;

    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        fixture_fail("a child has not begun");
    if (ptrace(PTRACE_SEIZE, child, NULL, options) != 0)
        fixture_fail("ptrace: %s", strerror(errno));
    (void)kill(child, SIGCONT);
}

/* Until nobody of its group is left. */
static int
follow(pid_t child, const char *folder, unsigned long n)
{
    int its = 0, status;
    pid_t stopped;

    while ((stopped = waitpid(-child, &status, __WALL)) > 0) {
        int event = status >> 16;

        if (!WIFSTOPPED(status)) {
            its = stopped == child ? status : its;
            continue;
        }
        if (event == PTRACE_EVENT_SECCOMP && n > 0 &&
            is_step(stopped, folder) && --n == 0)
            (void)kill(-child, SIGKILL);
        (void)ptrace(PTRACE_CONT, stopped, NULL,
                     event == 0 ? (long)WSTOPSIG(status) : 0L);
    }
    return its;
}

int
victim_run(const char *folder, unsigned long n, void (*run)(void))
{
    pid_t child = fork();

    if (child == 0)
        be_victim(run);
    if (child < 0)
        fixture_fail("fork: %s", strerror(errno));
    look_at(child);
    return follow(child, folder, n);
}
