/* SPDX-License-Identifier: BSD-3-Clause */
/* A toy token (toy.h) in slot 1 whose backend sessions are pooled, and keys
 * on it that say who they are; what cannot be set up ends the process. */
#ifndef TESTS_POOL_FIXTURE_H
#define TESTS_POOL_FIXTURE_H

#include "tests/router-fixture.h"

/* What p11mux does without a file, but for the size: mode `operation`, wait
 * 30 s, idle 5 min, lifetime 1 h, check_after 30 s. */
struct config_pool pool_settings(size_t size);

/* Prepares the toys and a configuration with one token "A" and this pool; for
 * tests that change more before router_start. */
struct config *pool_config(const struct config_pool *settings);

/* The same, started. */
void pool_start(const struct config_pool *settings);

/* A clock of the test's that moves a microsecond whenever somebody looks, so
 * that what takes no time has an end; the rest is the test's. */
void pool_clock_begin(void);
void pool_clock_move(uint64_t milliseconds);

/* Adds private keys with the numbers 1 to n. */
void pool_add_keys(CK_ULONG n);
CK_OBJECT_HANDLE pool_find_key(CK_SESSION_HANDLE session, CK_ULONG number);

/* Open sessions of the application, R/O ones with CKF_SERIAL_SESSION. */
CK_SESSION_HANDLE pool_session(CK_FLAGS flags);

/* Signs `text`, and whether it is this key's signature of it, made by
 * CKM_RSA_PKCS; *rv is why there is none. */
bool pool_signs(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                CK_ULONG number, const char *text, CK_RV *rv);

/* Whether the result is this key's signature of these bytes. */
bool pool_is_result(const struct toy_result *result, CK_ULONG number,
                    const void *data, size_t length);

/* The handle that the backend had for the last call of a function. */
CK_SESSION_HANDLE pool_used(enum function function);

/* Every virtual session is closed, and nothing of theirs is left open; then
 * C_Finalize. */
void pool_finish(void);

#endif
