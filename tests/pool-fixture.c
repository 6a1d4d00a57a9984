/* SPDX-License-Identifier: BSD-3-Clause */
/* A toy token whose backend sessions are pooled, and keys on it. */
#include "tests/pool-fixture.h"

#include "common/clock.h"

#include <stdatomic.h>
#include <string.h>

struct config_pool
pool_settings(size_t size)
{
    struct config_pool settings = config_pool_default;

    settings.mode = POOL_OPERATION;
    settings.size = size;
    return settings;
}

struct config *
pool_config(const struct config_pool *settings)
{
    struct config *config = router_config();

    router_config_token(config, "one", "A", NULL);
    config->tokens[0].pool = *settings;
    return config;
}

void
pool_start(const struct config_pool *settings)
{
    router_start(pool_config(settings));
}

static _Atomic(uint64_t) ticking = UINT64_C(1000000000000);

static uint64_t
read_ticking(void)
{
    return atomic_fetch_add(&ticking, 1000);
}

void
pool_clock_begin(void)
{
    clock_set_source(read_ticking);
}

void
pool_clock_move(uint64_t milliseconds)
{
    atomic_fetch_add(&ticking, milliseconds * 1000 * 1000);
}

void
pool_add_keys(CK_ULONG n)
{
    for (CK_ULONG i = 1; i <= n; i++)
        toy_add_key(0, CKO_PRIVATE_KEY, i);
}

CK_OBJECT_HANDLE
pool_find_key(CK_SESSION_HANDLE session, CK_ULONG number)
{
    return router_find_key(session, CKO_PRIVATE_KEY, number);
}

CK_SESSION_HANDLE
pool_session(CK_FLAGS flags)
{
    CK_SESSION_HANDLE session = 0;
    CK_RV rv =
        C_OpenSession(1, CKF_SERIAL_SESSION | flags, NULL, NULL, &session);

    if (rv != CKR_OK)
        fixture_fail("C_OpenSession: 0x%lx", rv);
    return session;
}

bool
pool_is_result(const struct toy_result *result, CK_ULONG number,
               const void *data, size_t length)
{
    return result->number == number && result->mechanism == CKM_RSA_PKCS &&
           result->data == toy_hash(TOY_HASH_START, data, length);
}

bool
pool_signs(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_ULONG number,
           const char *text, CK_RV *rv)
{
    struct toy_result result = { 0 };

    *rv = router_sign_init(session, key);
    if (*rv == CKR_OK)
        *rv = router_sign(session, text, &result);
    return *rv == CKR_OK && pool_is_result(&result, number, text, strlen(text));
}

CK_SESSION_HANDLE
pool_used(enum function function)
{
    return toy_last(function).session;
}

/* An assertion would not count where this is called. */
void
pool_finish(void)
{
    size_t n_open;

    if (C_CloseAllSessions(1) != CKR_OK)
        fixture_fail("sessions cannot be closed");
    n_open = toy_count_sessions(0);
    if (n_open != 0)
        fixture_fail("%zu backend sessions were left open", n_open);
    (void)C_Finalize(NULL);
}
