/* SPDX-License-Identifier: BSD-3-Clause */
/* A token of two members, A and B, that have the same key under different
 * handles. */
#ifndef TESTS_GROUP_FIXTURE_H
#define TESTS_GROUP_FIXTURE_H

#include "tests/router-fixture.h"

extern CK_SESSION_HANDLE group_session;
extern CK_OBJECT_HANDLE group_key; /* its number is 7 */
extern CK_OBJECT_HANDLE group_key_on_b;

void group_start(void);

/* The same, with backend sessions that change with each operation. */
void group_start_rotating(void);
void group_finish(void);

/* Fails unless every backend session was closed with the last session. */
void group_finish_rotating(void);

bool group_is_usable(unsigned member);
void group_heal(unsigned member);

/* A goes away at the next call of this function. */
void group_lose(enum function function);
unsigned long group_count_on_b(enum function function);

/* C_SignFinal; fails unless it answers `expected`. */
struct toy_result group_sign_final(CK_RV expected);

#endif
