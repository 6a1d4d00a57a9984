/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmark does with a module, over and over. */
#ifndef TESTS_BENCH_WORK_H
#define TESTS_BENCH_WORK_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

enum work_kind {
    WORK_SESSION_INFO,
    WORK_SIGN,
    WORK_OPEN_SIGN_CLOSE,
    WORK_FIND_AND_READ,
    WORK_FIND_ALL,
    WORK_FIND_ONE,
    WORK_SIGN_EACH, /* in one thread */
    WORK_KINDS
};

/* So much of it. */
struct load {
    enum work_kind kind;
    unsigned threads;
    unsigned sessions; /* of all threads; they are used by turns */
    long count;        /* of each thread */
};

/* What one operation took. */
struct cost {
    double cpu_ns;
    double wall_ns; /* of all that went on at the same time */
};

struct work {
    const CK_FUNCTION_LIST *list;
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE key; /* to sign with */
    CK_MECHANISM_TYPE mechanism;
    enum work_kind kind;
    CK_OBJECT_HANDLE *keys; /* for WORK_SIGN_EACH: all there are */
    size_t n_keys;
    size_t next_key;
};

const char *work_name(enum work_kind kind);

/* Prepares: finds the private key that signs or, on the null token, the first
 * object. Ends the process when it cannot. */
void work_prepare(struct work *work, CK_SESSION_HANDLE session);

/* The mean over the threads. */
struct cost work_measure(struct work *work, const struct load *load);

/* Bytes that each of so many open sessions takes, after it has signed if that
 * is wanted. */
double work_measure_memory(const struct work *work, unsigned sessions,
                           bool after_signing);

#endif
