/* SPDX-License-Identifier: BSD-3-Clause */
/* The socket that a relay sends through, as long as nobody took it away. */
#ifndef AUDIT_RELAY_SOCKET_H
#define AUDIT_RELAY_SOCKET_H

#include "common/daemon.h"

#include <sys/types.h>

struct relay_socket {
    enum daemon which;
    pid_t pid;
    int descriptor; /* -1: none at the moment */
    dev_t device;   /* of the descriptor when it was opened */
    ino_t inode;
};

/* In a forked child it takes over the one of the parent. */
void relay_socket_begin(struct relay_socket *socket, enum daemon which);
void relay_socket_end(struct relay_socket *socket);

/* Sends one message, after connecting anew where it has to; 0 or an errno.
 * Never waits. */
int relay_socket_send(struct relay_socket *socket, const void *bytes,
                      size_t length);

/* Until the daemon reads, or for so long. */
void relay_socket_wait(const struct relay_socket *socket, int milliseconds);

#endif
