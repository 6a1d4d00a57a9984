/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmark does with a module, over and over. */
#ifndef TESTS_BENCH_WORK_H
#define TESTS_BENCH_WORK_H

#include "common/cryptoki.h"

enum work_kind {
    WORK_SESSION_INFO,
    WORK_SIGN,
    WORK_OPEN_SIGN_CLOSE,
    WORK_FIND_AND_READ,
    WORK_FIND_ALL,
    WORK_FIND_ONE,
    WORK_KINDS
};

struct work {
    const CK_FUNCTION_LIST *list;
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE key; /* to sign with */
    enum work_kind kind;
};

const char *work_name(enum work_kind kind);

/* Prepares: finds the key that signs (CKA_ID `bench` or, on the null token,
 * the first object). Ends the process when it cannot. */
void work_prepare(struct work *work, CK_SESSION_HANDLE session);

/*
 * CPU nanoseconds of one operation, the mean over `threads` threads that
 * each do it `count` times in a session of their own.
 */
double work_measure(const struct work *work, unsigned threads, long count);

#endif
