/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of saved operations do. */
#include "tests/state-fixture.h"

#include <criterion/criterion.h>

CK_SESSION_HANDLE session, other;
CK_OBJECT_HANDLE key, second_key;
CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
CK_BYTE data[5] = "data";

void
state_start(const struct config_pool *settings)
{
    router_start_one();
    router_pool(1, settings);
    toys[0].saves_states = true;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    second_key = router_find_key(session, CKO_PRIVATE_KEY, 8);
}

void
state_setup(void)
{
    state_start(&config_pool_default);
}

void
state_finish(void)
{
    if (C_CloseAllSessions(1) != CKR_OK || toy_count_sessions(0) != 0 ||
        toy_count_sessions(1) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

void
state_start_two(bool is_group)
{
    struct config *config;

    state_finish();
    config = router_config();
    toy_show(1, "B");
    if (is_group) {
        router_config_token(config, "both", "A", "B", NULL);
    } else {
        router_config_token(config, "one", "A", NULL);
        router_config_token(config, "two", "B", NULL);
    }
    router_start(config);
    for (unsigned i = 0; i < 2; i++) {
        toys[i].saves_states = true;
        toy_add_key(i, CKO_PRIVATE_KEY, 7 + i);
    }
    router_pool(1, &config_pool_default);
    if (!is_group)
        router_pool(2, &config_pool_default);
    session = router_session(1);
    other = router_session(is_group ? 1 : 2);
}

struct state
state_take(CK_SESSION_HANDLE from)
{
    struct state state = { .length = sizeof(state.bytes) };

    cr_assert_eq(C_GetOperationState(from, state.bytes, &state.length), CKR_OK);
    return state;
}

CK_RV
state_put(CK_SESSION_HANDLE to, struct state *state)
{
    return C_SetOperationState(to, state->bytes, state->length, 0, 0);
}

struct state
state_of_digest(void)
{
    struct state state;
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_DigestUpdate(session, data, 2), CKR_OK);
    state = state_take(session);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK,
                 "saving ends nothing");
    return state;
}

void
state_check_digest(CK_SESSION_HANDLE its)
{
    uint64_t expected = toy_hash(TOY_HASH_START, data, 2);
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_DigestUpdate(its, data + 2, 2), CKR_OK);
    cr_assert_eq(C_DigestFinal(its, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(result.mechanism, CKM_SHA256);
    cr_assert_eq(result.data, toy_hash(expected, data + 2, 2));
    cr_assert_eq(C_DigestFinal(its, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
}

struct state
state_of_signature(void)
{
    struct state state;

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, data, 2), CKR_OK);
    state = state_take(session);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    return state;
}

/* Nothing is active, in either world. */
void
state_check_idle(CK_SESSION_HANDLE its)
{
    cr_assert_eq(session_cell(handle_index(its))->active, 0);
    cr_assert_eq(toy_active(0), 0);
}
