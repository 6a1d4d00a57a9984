/* SPDX-License-Identifier: BSD-3-Clause */
/* A toy token whose device goes away and comes back. */
#include "tests/reconnect-fixture.h"

CK_SESSION_HANDLE reconnect_session;
CK_OBJECT_HANDLE reconnect_key;

enum { KEY = 7, RENUMBERED = 100 };

void
reconnect_start(enum config_pool_mode mode)
{
    struct config_pool settings = pool_settings(4);
    struct error error = { .rv = CKR_OK };
    struct config *config;

    settings.mode = mode;
    config = pool_config(&settings);
    toy_add_key(0, CKO_PRIVATE_KEY, KEY - 1);
    toy_add_key(0, CKO_PRIVATE_KEY, KEY);
    toy_add_key(0, CKO_PRIVATE_KEY, KEY + 1);
    router_clock_stop();
    if (router_try_start(config, false, &error) != CKR_OK)
        fixture_fail("%s", error.text);
    reconnect_session = router_session(1);
    reconnect_key = pool_find_key(reconnect_session, KEY);
}

void
reconnect_lose(void)
{
    toys[0].has_token = false;
    toy_sessions_end(0);
}

void
reconnect_return(void)
{
    toys[0].has_token = true;
    toys[0].shift += RENUMBERED;
    router_clock_move(member_longest_wait_ms);
}

void
reconnect_reboot(void)
{
    toy_sessions_end(0);
    toys[0].shift += RENUMBERED;
}

CK_RV
reconnect_sign(void)
{
    CK_RV rv;

    if (!pool_signs(reconnect_session, reconnect_key, KEY, "text", &rv) &&
        rv == CKR_OK)
        fixture_fail("another key has signed");
    return rv;
}

struct member *
reconnect_member(void)
{
    return &router_token(1)->members[0];
}
