/* SPDX-License-Identifier: BSD-3-Clause */
/* Forked children of a test: what they expect is said on stderr, and makes
 * their parent's test fail. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>

/* In a child: ends it, with a sentence, unless the condition holds. */
#define CHILD_EXPECT(condition)                                                \
    child_expect((condition), #condition, __FILE__, __LINE__)
void child_expect(bool holds, const char *what, const char *file, int line);

/* Forks; the child runs the function and ends. */
pid_t child_fork(void (*run)(void));

/* Waits for it; true when everything was as it expected. */
bool child_is_content(pid_t child);

/* Both. */
bool child_run(void (*run)(void));

#endif
