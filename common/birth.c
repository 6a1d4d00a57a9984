/* SPDX-License-Identifier: BSD-3-Clause */
/* When a process was started, as /proc has it. */
#include "common/birth.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number of the first namespace, from which the processes of all are seen;
 * it is the same in every kernel. */
static const uint64_t first_namespace = UINT64_C(0xeffffffc);

/* -- What /proc says ---------------------------------------------------------
 */

/* With any name that a folder may have. */
enum { PATH_LENGTH = 320 };

/* The 3rd and the 22nd field of /proc/PID/stat: the name in the 2nd may hold
 * anything. */
static bool
read_stat(const char *process, char *out_state, uint64_t *out_ticks)
{
    char path[PATH_LENGTH], text[1024];
    CLEANUP(closep) int descriptor = -1;
    const char *next;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%s/stat", process);
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
read_namespace(const char *process, const char *kind, uint64_t *out)
{
    char path[PATH_LENGTH];
    struct stat status;

    (void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, kind);
    if (stat(path, &status) != 0)
        return false;
    *out = status.st_ino;
    return true;
}

/* Its number in its own namespace, which is below this one: the last of several
 * behind NSpid (proc(5)). */
static bool
read_inner_pid(const char *process, pid_t *out)
{
    char path[PATH_LENGTH], line[256];
    CLEANUP(fclosep) FILE *stream = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%s/status", process);
    stream = fopen(path, "re");
    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
        const char *first, *last;

        if (strncmp(line, "NSpid:", 6) != 0)
            continue;
        first = strchr(line, '\t');
        last = strrchr(line, '\t');
        if (first == last)
            return false;
        *out = (pid_t)strtol(last, NULL, 10);
        return true;
    }
    return false;
}

/* That of another namespace, which a container may have been left with, gives
 * its processes other numbers. */
static bool
is_proc_our_own(void)
{
    char link[32];
    ssize_t length = readlink("/proc/self", link, sizeof(link) - 1);

    if (length <= 0)
        return false;
    link[length] = '\0';
    return strtol(link, NULL, 10) == (long)getpid();
}

/* -- Processes ---------------------------------------------------------------
 */

bool
birth_of_self(struct birth *out)
{
    char state;

    out->pid = getpid();
    return read_stat("self", &state, &out->ticks) &&
           read_namespace("self", "pid", &out->namespace);
}

static bool
was_born_so(const char *process, const struct birth *birth)
{
    uint64_t ticks;
    char state;

    return !read_stat(process, &state, &ticks) ||
           (ticks == birth->ticks && state != 'Z' && state != 'X');
}

bool
birth_is_alive(const struct birth *birth)
{
    uint64_t here;
    char process[32];

    if (!read_namespace("self", "pid", &here) || here != birth->namespace)
        return true;
    if (kill(birth->pid, 0) != 0 && errno == ESRCH)
        return false;
    (void)snprintf(process, sizeof(process), "%ld", (long)birth->pid);
    return !is_proc_our_own() || was_born_so(process, birth);
}

/* -- Processes of other namespaces -------------------------------------------
 */

/* Ticks are counted from another moment where the time is another one. */
static bool
shares_time(const char *process)
{
    uint64_t here, there;

    return read_namespace("self", "time", &here) &&
           read_namespace(process, "time", &there) && here == there;
}

/* Or cannot be told from it. */
static bool
is_that_one(const char *process, const struct birth *birth)
{
    uint64_t namespace;
    pid_t pid;

    if (!read_inner_pid(process, &pid) || pid != birth->pid)
        return false;
    if (!read_namespace(process, "pid", &namespace))
        return errno != ENOENT && errno != ESRCH;
    return namespace == birth->namespace &&
           (!shares_time(process) || was_born_so(process, birth));
}

static bool
is_any_that_one(const struct birth *birth)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    bool is_found = processes == NULL;

    while (!is_found && (entry = readdir(processes)) != NULL)
        is_found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
                   is_that_one(entry->d_name, birth);
    if (processes != NULL)
        (void)closedir(processes);
    return is_found;
}

bool
birth_is_alive_anywhere(const struct birth *birth)
{
    uint64_t here;

    if (!read_namespace("self", "pid", &here) || here == birth->namespace ||
        here != first_namespace || geteuid() != 0 || !is_proc_our_own())
        return birth_is_alive(birth);
    return is_any_that_one(birth);
}
