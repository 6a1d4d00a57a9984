/* SPDX-License-Identifier: BSD-3-Clause */
/* The program that p11mux is a guest in, as its records name it. */
#ifndef AUDIT_PROGRAM_H
#define AUDIT_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    PROGRAM_USER_LENGTH = 64,
    PROGRAM_UNIT_LENGTH = 256,
    PROGRAM_HOST_LENGTH = 256,
    PROGRAM_CONTAINER_LENGTH = 64,
    PROGRAM_TEXT_LENGTH = 2048
};

struct audit_user {
    uid_t uid; /* effective */
    bool has_name;
    char name[PROGRAM_USER_LENGTH];
};

struct audit_program {
    pid_t pid;
    unsigned nth;    /* reading of a program, in this process and its parents */
    const char *exe; /* lent by what follows; NULL: not known */
    const char *unit; /* of systemd; NULL: none */
    const char *host;
    char exe_text[PATH_MAX];
    char unit_text[PROGRAM_UNIT_LENGTH];
    char host_text[PROGRAM_HOST_LENGTH];
    size_t text_length; /* of it in records: audit_line_prepare */
    char text[PROGRAM_TEXT_LENGTH];
};

/* This process, as it is now. */
void audit_program_read(struct audit_program *out);

/*
 * The container that this process is in, as its control group names it
 * (Docker, Podman, containerd, CRI-O, Kubernetes): 64 hexadecimal digits. False
 * where it does not, which includes processes that see no group but their own.
 */
bool audit_program_find_container(char out[PROGRAM_CONTAINER_LENGTH + 1]);

/* The same from the text of /proc/PID/cgroup, which is taken apart. */
bool audit_program_read_container(char *groups,
                                  char out[PROGRAM_CONTAINER_LENGTH + 1]);

/* Who a user is, as far as somebody knows. */
void audit_user_find(uid_t uid, struct audit_user *out);

/* The executable file of a process; false where that may not be known. */
bool audit_program_find_exe(pid_t pid, char out[PATH_MAX]);

/* The kernel's number of the calling thread, which is of that program. */
pid_t audit_program_thread(const struct audit_program *program);

#endif
