/* SPDX-License-Identifier: BSD-3-Clause */
/* A token of two members that have the same key. */
#include "tests/group-fixture.h"

CK_SESSION_HANDLE group_session;
CK_OBJECT_HANDLE group_key;
CK_OBJECT_HANDLE group_key_on_b;

static void
open_session(void)
{
    group_session = router_session(1);
    group_key = router_find_key(group_session, CKO_PRIVATE_KEY, 7);
    toy_forget_calls();
}

void
group_start(void)
{
    router_start_two();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(1, CKO_PRIVATE_KEY, 8);
    group_key_on_b = toy_add_key(1, CKO_PRIVATE_KEY, 7);
    open_session();
}

void
group_start_rotating(void)
{
    group_start();
    C_CloseAllSessions(1);
    router_rotate(1);
    open_session();
}

void
group_finish(void)
{
    C_Finalize(NULL);
}

void
group_finish_rotating(void)
{
    C_CloseAllSessions(1);
    if (toy_count_sessions(0) != 0 || toy_count_sessions(1) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

bool
group_is_usable(unsigned member)
{
    return member_is_usable(&router_token(1)->members[member]);
}

void
group_heal(unsigned member)
{
    atomic_store(&router_token(1)->members[member].health.state, MEMBER_UP);
}

void
group_lose(enum function function)
{
    toy_fail(TOY_SLOT(0), function, CKR_DEVICE_REMOVED, 1);
}

unsigned long
group_count_on_b(enum function function)
{
    return toy_count(TOY_SLOT(1), function);
}

struct toy_result
group_sign_final(CK_RV expected)
{
    struct toy_result result = { .slot = 0 };
    CK_ULONG length = sizeof(result);
    CK_RV rv = C_SignFinal(group_session, (CK_BYTE *)&result, &length);

    if (rv != expected)
        fixture_fail("C_SignFinal: 0x%lx, not 0x%lx", rv, expected);
    return result;
}
