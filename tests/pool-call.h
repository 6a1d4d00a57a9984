/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures begun in threads of their own, which wait for a backend session
 * in an order that the test knows. */
#ifndef TESTS_POOL_CALL_H
#define TESTS_POOL_CALL_H

#include "tests/pool-fixture.h"
#include "tests/waiting.h"

#include <pthread.h>

struct pool_call {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_ULONG number; /* of the key */
    CK_RV rv;
    bool is_right; /* the signature is the key's */
    unsigned turn; /* 1: had its C_SignInit first of all */
    pthread_t thread;
};

/* Begins to sign in a thread that waiting.h counts. */
void pool_call_begin(struct pool_call *call);

/* The same, and waits until `n_waiting` threads wait in p11mux. */
void pool_call_begin_waiting(struct pool_call *call, unsigned n_waiting);

/* Waits for its end; its result. */
CK_RV pool_call_end(struct pool_call *call);

#endif
