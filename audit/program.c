/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel and the user database say of this process. */
#include "audit/program.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_OF_USER = 1 << 16, MOST_OF_CGROUP = 1 << 14 };

pid_t
audit_program_thread(const struct audit_program *program)
{
    /* A forked child has a copy of its parent's, and another program. */
    static _Thread_local struct {
        unsigned nth;
        pid_t tid;
    } kept __attribute__((tls_model("initial-exec")));

    if (kept.tid == 0 || kept.nth != program->nth) {
        kept.nth = program->nth;
        kept.tid = (pid_t)syscall(SYS_gettid);
    }
    return kept.tid;
}

void
audit_user_find(uid_t uid, struct audit_user *out)
{
    CLEANUP(freep) char *buffer = NULL;
    struct passwd entry;
    struct passwd *found = NULL;
    int result = ERANGE;

    *out = (struct audit_user){ .uid = uid };
    for (size_t size = 1024; result == ERANGE && size <= MOST_OF_USER;
         size *= 4) {
        free(buffer);
        buffer = malloc(size);
        if (buffer == NULL)
            return;
        result = getpwuid_r(uid, &entry, buffer, size, &found);
    }
    out->has_name = result == 0 && found != NULL;
    if (out->has_name)
        snprintf(out->name, sizeof(out->name), "%s", found->pw_name);
}

bool
audit_program_find_exe(pid_t pid, char out[PATH_MAX])
{
    char link[64];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
    length = readlink(link, out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = '\0';
    return length > 0;
}

/* The last part of the cgroup that is a unit: "nginx.service". */
static bool
find_unit(char *groups, char out[PROGRAM_UNIT_LENGTH])
{
    static const char *const endings[] = { ".service", ".scope" };
    char *rest = NULL;

    out[0] = '\0';
    for (char *part = strtok_r(groups, "/\n", &rest); part != NULL;
         part = strtok_r(NULL, "/\n", &rest))
        for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
            size_t length = strlen(part), n = strlen(endings[i]);

            if (length > n && strcmp(part + length - n, endings[i]) == 0)
                snprintf(out, PROGRAM_UNIT_LENGTH, "%s", part);
        }
    return out[0] != '\0';
}

static bool
read_groups(char out[MOST_OF_CGROUP])
{
    CLEANUP(closep)
    int descriptor = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    ssize_t length =
        descriptor < 0 ? -1 : read(descriptor, out, MOST_OF_CGROUP - 1);

    out[length < 0 ? 0 : length] = '\0';
    return length > 0;
}

static bool
read_unit(char out[PROGRAM_UNIT_LENGTH])
{
    char groups[MOST_OF_CGROUP];

    out[0] = '\0';
    return read_groups(groups) && find_unit(groups, out);
}

/* Between slashes, hyphens and colons: "docker-ID.scope", "kubepods/pod1/ID",
 * "cri-containerd:ID". */
static bool
is_container(char *part)
{
    char *end = strchr(part, '.');

    if (end != NULL && strcmp(end, ".scope") == 0)
        *end = '\0';
    return strlen(part) == PROGRAM_CONTAINER_LENGTH &&
           strspn(part, "0123456789abcdef") == PROGRAM_CONTAINER_LENGTH;
}

bool
audit_program_read_container(char *groups,
                             char out[PROGRAM_CONTAINER_LENGTH + 1])
{
    char *rest = NULL;

    out[0] = '\0';
    for (char *part = strtok_r(groups, "/\n:-", &rest); part != NULL;
         part = strtok_r(NULL, "/\n:-", &rest))
        if (is_container(part))
            memcpy(out, part, PROGRAM_CONTAINER_LENGTH + 1);
    return out[0] != '\0';
}

bool
audit_program_find_container(char out[PROGRAM_CONTAINER_LENGTH + 1])
{
    char groups[MOST_OF_CGROUP];

    out[0] = '\0';
    return read_groups(groups) && audit_program_read_container(groups, out);
}

void
audit_program_read(struct audit_program *out)
{
    static _Atomic(unsigned) n_read;

    out->pid = getpid();
    out->nth = atomic_fetch_add(&n_read, 1) + 1;
    out->exe =
        audit_program_find_exe(out->pid, out->exe_text) ? out->exe_text : NULL;
    out->unit = read_unit(out->unit_text) ? out->unit_text : NULL;
    out->host_text[PROGRAM_HOST_LENGTH - 1] = '\0';
    out->host = gethostname(out->host_text, PROGRAM_HOST_LENGTH - 1) == 0
                    ? out->host_text
                    : NULL;
}
