/* SPDX-License-Identifier: BSD-3-Clause */
/* In the place of connect(2), as a part of a test or preloaded: who wants to
 * talk to syslog or the journal is led into the folder P11MUX_TEST_DAEMONS. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static const struct {
    const char *path;
    const char *name;
} daemons[] = {
    { "/dev/log", "syslog" },
    { "/run/systemd/journal/socket", "journal" },
};

/* What it is called in the folder; NULL: it is something else. */
static const char *
find_name(const struct sockaddr_un *address)
{
    if (address->sun_family != AF_UNIX)
        return NULL;
    for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
        if (strcmp(address->sun_path, daemons[i].path) == 0)
            return daemons[i].name;
    return NULL;
}

__attribute__((visibility("default"))) int
connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t);
    const char *folder = getenv("P11MUX_TEST_DAEMONS");
    struct sockaddr_un other = { .sun_family = AF_UNSPEC };
    const char *name;

    *(void **)&next = dlsym(RTLD_NEXT, "connect");
    memcpy(&other, address, length < sizeof(other) ? length : sizeof(other));
    name = folder == NULL ? NULL : find_name(&other);
    if (name == NULL)
        return next(descriptor, address, length);
    (void)snprintf(other.sun_path, sizeof(other.sun_path), "%s/%s", folder,
                   name);
    return next(descriptor, (const struct sockaddr *)&other, sizeof(other));
}
