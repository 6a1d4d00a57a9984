/* SPDX-License-Identifier: BSD-3-Clause */
/* A token that saves operations, and sessions with a key on it. */
#ifndef TESTS_STATE_FIXTURE_H
#define TESTS_STATE_FIXTURE_H

#include "tests/router-fixture.h"

struct state {
    CK_BYTE bytes[4096];
    CK_ULONG length;
};

extern CK_SESSION_HANDLE session, other;
extern CK_OBJECT_HANDLE key, second_key; /* their numbers are 7 and 8 */
extern CK_MECHANISM sha256, mechanism;
extern CK_BYTE data[5]; /* "data" */

/* One token in mode `operation`, or with other settings, which are lent. */
void state_setup(void);
void state_start(const struct config_pool *settings);

/* Two tokens, each with a session; or both as a group with two sessions. */
void state_start_two(bool is_group);

/* Fails unless every backend session is closed. */
void state_finish(void);

/* What is active there; and a restore without keys. */
struct state state_take(CK_SESSION_HANDLE from);
CK_RV state_put(CK_SESSION_HANDLE to, struct state *state);

/* Of a digest and of a signature with `key` after two bytes of `data`; the
 * operation itself is over. */
struct state state_of_digest(void);
struct state state_of_signature(void);

/* Fails unless that digest goes on there, to its end. */
void state_check_digest(CK_SESSION_HANDLE its);

/* Fails unless nothing is active, in either world. */
void state_check_idle(CK_SESSION_HANDLE its);

#endif
