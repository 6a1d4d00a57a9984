/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of mode "balance": A and B, which share the load, and C, which stands
 * by. All have a key 7, B has another one, 8, and A and C have 9. */
#ifndef TESTS_BALANCE_FIXTURE_H
#define TESTS_BALANCE_FIXTURE_H

#include "tests/router-fixture.h"

enum { BALANCE_MEMBERS = 3 };

extern CK_SESSION_HANDLE balance_session;
extern CK_OBJECT_HANDLE balance_key;     /* 7 */
extern struct toy_result balance_result; /* of the last signature */

/* What C_Sign takes on each of them, in milliseconds. */
extern _Atomic(uint64_t) balance_takes[BALANCE_MEMBERS];

void balance_start(size_t weight_of_a, size_t weight_of_b);
void balance_start_even(void);
void balance_finish(void);

/* Fails unless it signs. */
void balance_sign_with(CK_OBJECT_HANDLE key);
void balance_sign_often(unsigned times);

/* Calls of C_Sign on a member. */
unsigned long balance_count(unsigned member);

struct member *balance_member(unsigned index);
void balance_lose(unsigned member);

CK_RV balance_init_digest(void);

/* Signs until it is that member's turn, which has begun a signature then. */
void balance_begin_on(unsigned member);

#endif
