/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that sign on a token of p11mux and verify what they signed, each in a
 * session of its own, with one key that was found once. A signature that
 * OpenSSL does not find right fails the test.
 */
#ifndef TESTS_CLIENTS_LOAD_H
#define TESTS_CLIENTS_LOAD_H

#include "tests/fixture.h"

enum { LOAD_THREADS = 16, LOAD_PATIENCE_SECONDS = 60 };

/* `fails_never`: an operation that fails fails the test, and the token verifies
 * each signature too, maybe by another member than the one that signed. */
void load_begin(const CK_FUNCTION_LIST *list, const char *label,
                const char *pin, const char *key, bool fails_never);

/* Signatures so far, and operations that failed. */
unsigned long load_count_well(void);
unsigned long load_count_failed(void);

/* Until a count is at least n; `what` is said otherwise. */
void load_wait_until(unsigned long (*count)(void), unsigned long n,
                     const char *what);

/* Until each thread has signed once more with what it has begun since. */
void load_wait_for_each(void);

/* The caller signs n times itself, in one more session; how long the longest
 * call took, in seconds. */
double load_try(unsigned n);

/* Waits for all of them. */
void load_end(void);

/* After the end: the longest call, in seconds; and how long they all took, in
 * classes, a line each. */
double load_longest(void);
void load_print_times(void);

#endif
