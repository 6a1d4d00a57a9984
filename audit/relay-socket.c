/* SPDX-License-Identifier: BSD-3-Clause */
/* Connects, sends, and connects again when the daemon has come back. */
#include "audit/relay-socket.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a forked child inherits, which may no longer be allowed to open it. */
static _Atomic(struct relay_socket *) latest[DAEMONS];

/* The host may have closed or reused the descriptor. */
static bool
is_ours(const struct relay_socket *socket)
{
    struct stat entry;

    return socket->descriptor >= 0 && fstat(socket->descriptor, &entry) == 0 &&
           entry.st_dev == socket->device && entry.st_ino == socket->inode;
}

static void
let_go(struct relay_socket *socket)
{
    if (is_ours(socket))
        close(socket->descriptor);
    socket->descriptor = -1;
}

/* 0 or an errno. */
static int
reconnect(struct relay_socket *socket)
{
    struct stat entry;

    let_go(socket);
    socket->descriptor = daemon_connect(socket->which);
    if (socket->descriptor < 0 || fstat(socket->descriptor, &entry) != 0)
        return errno;
    socket->device = entry.st_dev;
    socket->inode = entry.st_ino;
    return 0;
}

void
relay_socket_begin(struct relay_socket *socket, enum daemon which)
{
    const struct relay_socket *before = atomic_load(&latest[which]);

    *socket = (struct relay_socket){ .which = which,
                                     .pid = getpid(),
                                     .descriptor = -1 };
    if (before != NULL && before->pid != socket->pid && is_ours(before)) {
        socket->descriptor = before->descriptor;
        socket->device = before->device;
        socket->inode = before->inode;
    }
    atomic_store(&latest[which], socket);
}

void
relay_socket_end(struct relay_socket *socket)
{
    struct relay_socket *expected = socket;

    (void)atomic_compare_exchange_strong(&latest[socket->which], &expected,
                                         NULL);
    let_go(socket);
}

int
relay_socket_send(struct relay_socket *socket, const void *bytes, size_t length)
{
    int reason = is_ours(socket) ? 0 : reconnect(socket);

    if (reason != 0)
        return reason;
    reason = daemon_send(socket->descriptor, bytes, length);
    if (!daemon_is_gone(reason))
        return reason;
    reason = reconnect(socket);
    return reason != 0 ? reason
                       : daemon_send(socket->descriptor, bytes, length);
}

void
relay_socket_wait(const struct relay_socket *socket, int milliseconds)
{
    daemon_wait(socket->descriptor, milliseconds);
}
