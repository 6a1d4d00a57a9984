/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that do on tokens what applications do, each as if it were alone,
 * and look at every answer: whether it is one that a token with such company
 * may give.
 */
#ifndef TESTS_CROWD_H
#define TESTS_CROWD_H

#include "tests/fixture.h"

#include <stdatomic.h>

enum { CROWD_SLOTS = 2, CROWD_TEXT = 128 };

struct crowd_member;

struct crowd {
    /* The test's to fill in. */
    CK_FUNCTION_LIST *list;
    CK_SLOT_ID slots[CROWD_SLOTS];
    unsigned n_slots;
    bool may_end; /* somebody will call C_Finalize */

    /* The first answer that was wrong, as a sentence; "" when there was
     * none. */
    char trouble[CROWD_TEXT];

    atomic_bool is_troubled;
    atomic_bool is_over;
    atomic_ulong n_turns;
    struct crowd_member *members;
    unsigned n_members;
};

/* Starts so many threads. Each ends when p11mux is not initialised any more,
 * when one has seen something wrong, or with crowd_end. */
void crowd_begin(struct crowd *crowd, unsigned n_members);

/* Waits until they have taken so many turns together, or found trouble. */
void crowd_wait(struct crowd *crowd, unsigned long n_turns);

/* Ends and joins them; the trouble, or NULL. */
const char *crowd_end(struct crowd *crowd);

#endif
