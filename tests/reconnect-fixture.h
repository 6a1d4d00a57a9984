/* SPDX-License-Identifier: BSD-3-Clause */
/* A toy token whose device goes away and comes back, with the key 7, once for
 * each mode of a pool. p11mux makes no threads: a call that needs the device
 * looks for it, and time is the test's. */
#ifndef TESTS_RECONNECT_FIXTURE_H
#define TESTS_RECONNECT_FIXTURE_H

#include "tests/pool-fixture.h"

extern CK_SESSION_HANDLE reconnect_session;
extern CK_OBJECT_HANDLE reconnect_key;

/* A session, and the key in it. */
void reconnect_start(enum config_pool_mode mode);

/* The same in two steps, for tests that change more in between. */
struct config *reconnect_config(enum config_pool_mode mode);
void reconnect_start_with(struct config *config);

/* The device is gone, with all of its sessions. */
void reconnect_lose(void);

/* It is there again, and gives every object another number; so much later that
 * it is looked for. */
void reconnect_return(void);

/* Both, and nobody has looked meanwhile. */
void reconnect_reboot(void);

/* What C_SignInit and C_Sign answer; fails where they sign wrongly. */
CK_RV reconnect_sign(void);
CK_RV reconnect_sign_in(CK_SESSION_HANDLE session);

struct member *reconnect_member(void);
enum member_state reconnect_state(void);

#endif
