/* SPDX-License-Identifier: BSD-3-Clause */
/* Connects to a daemon's socket and sends to it. */
#include "common/daemon.h"

#include "common/file.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *path;
} daemons[DAEMONS] = {
    [DAEMON_SYSLOG] = { "syslog", "/dev/log" },
    [DAEMON_JOURNAL] = { "journal", "/run/systemd/journal/socket" },
};

static _Atomic(const char *) paths[DAEMONS]; /* NULL: the usual one */

const char *
daemon_name(enum daemon which)
{
    return daemons[which].name;
}

const char *
daemon_path(enum daemon which)
{
    const char *path = atomic_load(&paths[which]);

    return path != NULL ? path : daemons[which].path;
}

void
daemon_set_paths(const char *syslog_path, const char *journal_path)
{
    atomic_store(&paths[DAEMON_SYSLOG], syslog_path);
    atomic_store(&paths[DAEMON_JOURNAL], journal_path);
}

int
daemon_connect(enum daemon which)
{
    const char *path = daemon_path(which);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int descriptor, reason;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0)
        descriptor = file_raise_descriptor(descriptor);
    if (descriptor < 0 || connect(descriptor, (const struct sockaddr *)&address,
                                  sizeof(address)) == 0)
        return descriptor;
    reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

int
daemon_send(int descriptor, const void *bytes, size_t length)
{
    return send(descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0
               ? errno
               : 0;
}

void
daemon_wait(int descriptor, int milliseconds)
{
    struct pollfd wanted = { .fd = descriptor, .events = POLLOUT };

    (void)poll(&wanted, 1, milliseconds);
}

bool
daemon_is_gone(int reason)
{
    return reason == ECONNREFUSED || reason == ECONNRESET || reason == ENOTCONN;
}

bool
daemon_is_full(int reason)
{
    return reason == EAGAIN;
}
