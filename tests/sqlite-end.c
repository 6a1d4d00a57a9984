/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the process at one of its system calls on a database of SQLite. */
#include "tests/sqlite-end.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

static long left = -1; /* system calls until the end */

static bool
is_last(void)
{
    return left-- == 0;
}

static ssize_t
ending_pwrite(int file, const void *bytes, size_t length, off_t at)
{
    if (is_last()) {
        (void)pwrite(file, bytes, length / 2, at);
        (void)raise(SIGKILL);
    }
    return pwrite(file, bytes, length, at);
}

static int
ending_ftruncate(int file, off_t length)
{
    if (is_last())
        (void)raise(SIGKILL);
    return ftruncate(file, length);
}

static int
ending_unlink(const char *path)
{
    if (is_last())
        (void)raise(SIGKILL);
    return unlink(path);
}

/* Among others, it takes and gives back locks. */
static int
ending_fcntl(int file, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (is_last())
        (void)raise(SIGKILL);
    return fcntl(file, command, argument);
}

void
sqlite_end_after(long calls)
{
    sqlite3_vfs *system = sqlite3_vfs_find("unix");

    left = calls;
    (void)system->xSetSystemCall(system, "pwrite64",
                                 (sqlite3_syscall_ptr)(void *)ending_pwrite);
    (void)system->xSetSystemCall(system, "ftruncate",
                                 (sqlite3_syscall_ptr)(void *)ending_ftruncate);
    (void)system->xSetSystemCall(system, "unlink",
                                 (sqlite3_syscall_ptr)(void *)ending_unlink);
    (void)system->xSetSystemCall(system, "fcntl",
                                 (sqlite3_syscall_ptr)(void *)ending_fcntl);
}

void
sqlite_end_never(void)
{
    left = -1;
}
