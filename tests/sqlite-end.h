/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends the process at one of its system calls on a database of SQLite. */
#ifndef TESTS_SQLITE_END_H
#define TESTS_SQLITE_END_H

/* By SIGKILL, after so many of those that write, cut, remove or lock; half of a
 * write is done. */
void sqlite_end_after(long calls);
void sqlite_end_never(void);

#endif
