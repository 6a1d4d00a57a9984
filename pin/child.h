/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that runs for us without the host's noticing: it gets no signal
 * when the program ends, and does not find it among its children.
 */
#ifndef PIN_CHILD_H
#define PIN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t id;    /* of its guardian, and of their process group */
    int process; /* the guardian's pidfd, readable when it has ended */
    int output;  /* what the program prints; does not block */
};

/*
 * Starts a program: no input, no messages, no descriptor but these three, no
 * signal blocked or ignored. False with errno. The caller calls child_end.
 */
bool child_start(char *const *arguments, char *const *environment,
                 struct child *out);

/* Kills what still runs of it. */
void child_kill(const struct child *child);

/*
 * Waits for the end of the program and closes what was open. Returns its exit
 * status: 127 where it could not be executed, 128 and the number of the signal
 * that ended it, -1 where nobody knows.
 */
int child_end(struct child *child);

#endif
