/* SPDX-License-Identifier: BSD-3-Clause */
/* A toy token whose device goes away and comes back. */
#include "tests/reconnect-fixture.h"

CK_SESSION_HANDLE reconnect_session;
CK_OBJECT_HANDLE reconnect_key;

enum { KEY = 7, RENUMBERED = 100 };

struct config *
reconnect_config(enum config_pool_mode mode)
{
    struct config_pool settings = pool_settings(4);

    settings.mode = mode;
    return pool_config(&settings);
}

void
reconnect_start_with(struct config *config)
{
    struct error error = { .rv = CKR_OK };

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
reconnect_start(enum config_pool_mode mode)
{
    reconnect_start_with(reconnect_config(mode));
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
reconnect_sign_in(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    if (!pool_signs(session, reconnect_key, KEY, "text", &rv) && rv == CKR_OK)
        fixture_fail("another key has signed");
    return rv;
}

CK_RV
reconnect_sign(void)
{
    return reconnect_sign_in(reconnect_session);
}

struct member *
reconnect_member(void)
{
    return &router_token(1)->members[0];
}

enum member_state
reconnect_state(void)
{
    struct member_view view;

    member_view(reconnect_member(), &view);
    return view.state;
}
