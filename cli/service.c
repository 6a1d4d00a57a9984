/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether services of this machine are there. */
#include "cli/service.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The kernel keeps this many bytes of a name. */
enum { COMM_LENGTH = 15 };

static bool
is_called(const char *pid, const char *name)
{
    CLEANUP(freep) char *path = memory_text("/proc/%s/comm", pid);
    CLEANUP(fclosep) FILE *stream = fopen(path, "re");
    char line[64];

    if (stream == NULL || fgets(line, sizeof(line), stream) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return strncmp(line, name, COMM_LENGTH) == 0;
}

bool
service_runs(const char *name)
{
    DIR *stream = opendir("/proc");
    bool is_found = false;

    if (stream == NULL)
        return true;
    for (struct dirent *entry; !is_found && (entry = readdir(stream)) != NULL;)
        is_found = isdigit((unsigned char)entry->d_name[0]) != 0 &&
                   is_called(entry->d_name, name);
    (void)closedir(stream);
    return is_found;
}

bool
service_listens(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    CLEANUP(closep)
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0 || strlen(path) >= sizeof(address.sun_path))
        return false;
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    return connect(descriptor, (const struct sockaddr *)&address,
                   sizeof(address)) == 0 ||
           errno == EACCES || errno == EPERM || errno == EPROTOTYPE ||
           errno == EAGAIN;
}
