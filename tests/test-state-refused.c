/* SPDX-License-Identifier: BSD-3-Clause */
/* Saved operations that are not, and what the module says of them (R3.28). */
#include "tests/state-fixture.h"

#include <criterion/criterion.h>

TestSuite(state_refused, .init = state_setup, .fini = state_finish,
          .timeout = 60);

/* -- What is refused --------------------------------------------------------
 */

Test(state_refused, without_an_operation_there_is_none)
{
    CK_ULONG length = 0;

    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_OPERATION_NOT_INITIALIZED, "a search is never saved");
}

static bool
forget_to_refuse(enum function function, CK_SLOT_ID slot,
                 struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_OK;
    return function == FUNCTION_C_GetOperationState;
}

Test(state_refused, one_that_a_backend_session_still_has_is_nobodys)
{
    unsigned long closed = toy_count(TOY_ANY, FUNCTION_C_CloseSession);
    CK_ULONG length = 0;

    toy_set_hook(forget_to_refuse);
    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), closed + 1);
}

Test(state_refused, a_byte_changed_anywhere_makes_it_invalid)
{
    struct state state = state_of_digest();
    unsigned long asked = toy_count(TOY_ANY, FUNCTION_C_DigestUpdate);

    for (CK_ULONG i = 0; i < state.length; i++) {
        state.bytes[i] ^= 1;
        cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID,
                     "byte %lu", i);
        state.bytes[i] ^= 1;
    }
    state_check_idle(session);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_DigestUpdate), asked);
    cr_assert_eq(state_put(session, &state), CKR_OK);
    state_check_digest(session);
}

Test(state_refused, so_does_any_other_length)
{
    struct state state = state_of_digest();
    CK_ULONG whole = state.length;

    for (state.length = 0; state.length < whole; state.length++)
        cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID,
                     "%lu bytes", state.length);
    state.length = whole + 1;
    cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID);
    cr_assert_eq(C_SetOperationState(session, NULL, 8, 0, 0),
                 CKR_ARGUMENTS_BAD);
}

Test(state_refused, one_that_is_refused_cancels_nothing)
{
    struct state state = state_of_digest();
    struct toy_result result;

    state.bytes[state.length - 1] ^= 1;
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
}

/* What one C_Initialize has saved, the next one cannot tell from forged. */
Test(state_refused, another_run_has_another_key)
{
    struct state state = state_of_digest();

    C_Finalize(NULL);
    state_start(&config_pool_default);
    cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID);
}

Test(state_refused, another_life_of_the_member_is_another_token)
{
    struct state state = state_of_digest();
    struct member *member = &router_token(1)->members[0];

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    atomic_fetch_add(&member->epoch, 1);
    session = router_session(1);
    cr_assert_eq(state_put(session, &state), CKR_SAVED_STATE_INVALID);
}

Test(state_refused, another_token_is_another_token)
{
    struct state state;

    state_start_two(false);
    state = state_of_digest();
    cr_assert_eq(state_put(other, &state), CKR_SAVED_STATE_INVALID);
    cr_assert_eq(state_put(session, &state), CKR_OK);
    cr_assert_eq(C_CloseAllSessions(2), CKR_OK);
}

Test(state_refused, of_a_group_the_member_that_saved_it_restores_it)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    struct state state;

    state_start_two(true);
    key = router_find_key(session, CKO_PRIVATE_KEY, 8);
    state = state_of_signature();
    cr_assert_eq(C_DigestInit(other, &sha256), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestInit).slot, TOY_SLOT(0));
    cr_assert_eq(C_SetOperationState(other, state.bytes, state.length, 0, key),
                 CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_SetOperationState).slot, TOY_SLOT(1));
    cr_assert_eq(C_SignFinal(other, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.number, 8);
}

Test(state_refused, a_login_or_logout_in_between_makes_it_invalid)
{
    struct state before = state_of_digest(), during;

    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(state_put(session, &before), CKR_SAVED_STATE_INVALID);
    during = state_of_digest();
    cr_assert_eq(state_put(session, &during), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(state_put(session, &during), CKR_SAVED_STATE_INVALID);
    cr_assert_eq(state_put(session, &before), CKR_OK, "nobody, as at first");
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(state_put(session, &during), CKR_SAVED_STATE_INVALID,
                 "what ended with a logout does not come back (R3.15)");
}

Test(state_refused, nobodys_outlives_the_session_it_came_from)
{
    struct state state = state_of_digest();

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    other = router_session(1);
    cr_assert_eq(state_put(other, &state), CKR_OK);
    state_check_digest(other);
}

/* -- What the module says ---------------------------------------------------
 */

Test(state_refused, a_module_that_saves_nothing_says_so)
{
    CK_ULONG length = 0;
    CK_BYTE byte = 0;

    toys[0].saves_states = false;
    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(C_SetOperationState(other, &byte, 1, 0, 0),
                 CKR_FUNCTION_NOT_SUPPORTED);
    toys[0].saves_states = true;
    cr_assert_eq(C_SetOperationState(other, &byte, 1, 0, 0),
                 CKR_SAVED_STATE_INVALID);
}

Test(state_refused, the_modules_codes_pass_through)
{
    struct state state;
    CK_ULONG length = sizeof(state.bytes);

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_GetOperationState, CKR_STATE_UNSAVEABLE, 2);
    cr_assert_eq(C_GetOperationState(session, state.bytes, &length),
                 CKR_STATE_UNSAVEABLE);
    cr_assert_eq(length, sizeof(state.bytes));
    cr_assert_eq(C_GetOperationState(session, NULL, &length),
                 CKR_STATE_UNSAVEABLE);
    state = state_take(session);
    toy_fail(TOY_ANY, FUNCTION_C_SetOperationState, CKR_STATE_UNSAVEABLE, 1);
    cr_assert_eq(state_put(other, &state), CKR_STATE_UNSAVEABLE);
    cr_assert_eq(state_put(other, &state), CKR_OK);
}

/* The module may have begun one of two. */
Test(state_refused,
     one_that_fails_in_the_module_leaves_no_backend_session_behind)
{
    struct state state = state_of_digest();
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    toy_fail_after(TOY_ANY, FUNCTION_C_SetOperationState, CKR_KEY_NEEDED, 1);
    cr_assert_eq(state_put(session, &state), CKR_KEY_NEEDED);
    cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session,
                 toy_last(FUNCTION_C_SetOperationState).session);
    state_check_idle(session);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
}

Test(state_refused, a_backend_session_that_is_gone_is_replaced)
{
    struct state state = state_of_digest();

    toy_fail(TOY_ANY, FUNCTION_C_SetOperationState, CKR_SESSION_HANDLE_INVALID,
             1);
    cr_assert_eq(state_put(session, &state), CKR_OK);
    state_check_digest(session);
}

Test(state_refused, keys_are_the_modules_and_0_stays_0)
{
    struct state state = state_of_signature();
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    toys[0].needs_keys = true;
    cr_assert_eq(state_put(session, &state), CKR_KEY_NEEDED);
    cr_assert_eq(toy_last(FUNCTION_C_SetOperationState).objects[1], 0);
    cr_assert_eq(C_SetOperationState(session, state.bytes, state.length, 0,
                                     second_key),
                 CKR_KEY_CHANGED);
    cr_assert_eq(C_SetOperationState(session, state.bytes, state.length, key,
                                     key),
                 CKR_KEY_NOT_NEEDED);
    cr_assert_eq(C_SetOperationState(session, state.bytes, state.length, 0,
                                     key + 1000),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_SetOperationState(session, state.bytes, state.length, 0,
                                     key),
                 CKR_OK);
    cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(result.number, 7);
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 2));
}
