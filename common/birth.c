/* SPDX-License-Identifier: BSD-3-Clause */
/* When a process was started, as /proc has it. */
#include "common/birth.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The 3rd and the 22nd field of /proc/PID/stat: the name in the 2nd may hold
 * anything. */
static bool
read_stat(pid_t pid, char *out_state, uint64_t *out_ticks)
{
    char path[32], text[1024];
    CLEANUP(closep) int descriptor = -1;
    const char *next;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    length = descriptor < 0 ? -1 : read(descriptor, text, sizeof(text) - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    next = strrchr(text, ')');
    if (next == NULL || next[1] == '\0' || next[2] == '\0')
        return false;
    *out_state = next[2];
    next++;
    for (unsigned field = 3; field <= 22; field++) {
        next = strchr(next, ' ');
        if (next == NULL)
            return false;
        next++;
    }
    return sscanf(next, "%" SCNu64, out_ticks) == 1;
}

static bool
read_namespace(uint64_t *out)
{
    struct stat status;

    if (stat("/proc/self/ns/pid", &status) != 0)
        return false;
    *out = status.st_ino;
    return true;
}

bool
birth_of_self(struct birth *out)
{
    char state;

    out->pid = getpid();
    return read_stat(out->pid, &state, &out->ticks) &&
           read_namespace(&out->namespace);
}

bool
birth_is_alive(const struct birth *birth)
{
    uint64_t here, ticks;
    char state;

    if (!read_namespace(&here) || here != birth->namespace)
        return true;
    if (kill(birth->pid, 0) != 0 && errno == ESRCH)
        return false;
    return !read_stat(birth->pid, &state, &ticks) ||
           (ticks == birth->ticks && state != 'Z' && state != 'X');
}
