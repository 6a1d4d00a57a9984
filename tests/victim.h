/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process that is killed at one of its steps: before the n-th of its system
 * calls that change something below a folder. With one n after the other it is
 * killed everywhere.
 */
#ifndef TESTS_VICTIM_H
#define TESTS_VICTIM_H

/* Forks; the child runs the function and ends. Its status, as of waitpid: it
 * was killed, or did not have so many steps. */
int victim_run(const char *folder, unsigned long n, void (*run)(void));

#endif
