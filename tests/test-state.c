/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations saved and restored where backend sessions are lent (R3.28). */
#include "router/session.h"
#include "tests/state-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(state, .init = state_setup, .fini = state_finish, .timeout = 60);

/* -- Saving and restoring ---------------------------------------------------
 */

Test(state, what_was_saved_goes_on_in_the_same_session)
{
    struct state state = state_of_digest();

    cr_assert_eq(state_put(session, &state), CKR_OK);
    state_check_digest(session);
    state_check_idle(session);
}

Test(state, and_in_another_one_as_often_as_one_likes)
{
    struct state state = state_of_digest();

    for (int i = 0; i < 3; i++) {
        cr_assert_eq(state_put(other, &state), CKR_OK);
        state_check_digest(other);
    }
    state_check_idle(other);
}

Test(state, two_sessions_that_restore_it_go_on_apart)
{
    struct state state = state_of_digest();

    cr_assert_eq(state_put(session, &state), CKR_OK);
    cr_assert_eq(state_put(other, &state), CKR_OK);
    state_check_digest(other);
    state_check_digest(session);
}

/* Its updates would otherwise go to whichever backend session comes next. */
Test(state, what_is_restored_keeps_its_backend_session_until_it_ends)
{
    struct state state = state_of_digest();
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    CK_SESSION_HANDLE its;

    cr_assert_eq(state_put(session, &state), CKR_OK);
    its = toy_last(FUNCTION_C_SetOperationState).session;
    cr_assert_eq(C_DigestInit(other, &sha256), CKR_OK);
    cr_assert_neq(toy_last(FUNCTION_C_DigestInit).session, its);
    cr_assert_eq(C_DigestFinal(other, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(C_DigestUpdate(session, data, 1), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestUpdate).session, its);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OPERATION_ACTIVE);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestInit).session, its,
                 "it was given back and is clean");
}

Test(state, two_operations_are_restored_together)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result), part_length = 4;
    CK_BYTE part[4];
    struct state state;

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
    state = state_take(session);
    cr_assert_eq(C_SessionCancel(session, CKF_DIGEST | CKF_ENCRYPT), CKR_OK);
    cr_assert_eq(state_put(other, &state), CKR_OK);
    cr_assert_eq(C_DigestEncryptUpdate(other, data, 4, part, &part_length),
                 CKR_OK);
    cr_assert_eq(C_EncryptFinal(other, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(result.number, 7);
    cr_assert_eq(toy_active(0), CKF_DIGEST, "the other half goes on");
    cr_assert_eq(C_DigestFinal(other, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 4));
    state_check_idle(other);
}

Test(state, restoring_cancels_what_is_active)
{
    struct state state = state_of_digest();
    struct toy_result result;
    CK_OBJECT_HANDLE found;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(state_put(session, &state), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_DIGEST);
    cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_FindObjects(session, &found, 1, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    state_check_digest(session);
}

Test(state, what_was_restored_can_be_cancelled)
{
    struct state state = state_of_digest();

    cr_assert_eq(state_put(session, &state), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_DIGEST), CKR_OK);
    state_check_idle(session);
    cr_assert_eq(state_put(session, &state), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
}

/* -- Lengths ----------------------------------------------------------------
 */

Test(state, a_size_query_gives_the_length_with_all_that_is_in_front)
{
    CK_ULONG asked = 0;
    struct state state;

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_GetOperationState(session, NULL, &asked), CKR_OK);
    state = state_take(session);
    cr_assert_eq(state.length, asked);
    state.length = asked;
    cr_assert_eq(C_GetOperationState(session, state.bytes, &state.length),
                 CKR_OK, "it fits exactly");
    cr_assert_eq(C_GetOperationState(session, NULL, NULL), CKR_ARGUMENTS_BAD);
}

Test(state, a_buffer_that_is_too_small_by_anything_is_left_alone)
{
    CK_BYTE untouched[sizeof(((struct state *)NULL)->bytes)];
    struct state state;
    CK_ULONG whole = 0;

    memset(untouched, 0x77, sizeof(untouched));
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_GetOperationState(session, NULL, &whole), CKR_OK);
    for (CK_ULONG room = 0; room < whole; room++) {
        memset(state.bytes, 0x77, sizeof(state.bytes));
        state.length = room;
        cr_assert_eq(C_GetOperationState(session, state.bytes, &state.length),
                     CKR_BUFFER_TOO_SMALL);
        cr_assert_eq(state.length, whole);
        cr_assert_arr_eq(state.bytes, untouched, sizeof(untouched));
    }
}

/* -- Sessions that keep their backend session --------------------------------
 */

static void
check_kept(enum config_pool_mode mode)
{
    struct config_pool settings = config_pool_default;
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    struct state state;

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    C_Finalize(NULL);
    settings.mode = mode;
    state_start(&settings);
    state = state_of_digest();
    cr_assert_eq(state_put(other, &state), CKR_OK);
    state_check_digest(other);
    state.bytes[0] ^= 1;
    cr_assert_eq(C_SetOperationState(other, state.bytes, 1, 0, 0),
                 CKR_SAVED_STATE_INVALID, "the module's own answer");
    state.bytes[0] ^= 1;
    cr_assert_eq(state_put(other, &state), CKR_OK);
    /* Whoever comes next has nothing of it. */
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    other = router_session(1);
    cr_assert_eq(C_DigestFinal(other, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_DigestInit(other, &sha256), CKR_OK);
    state_finish();
    state_start(&config_pool_default);
}

Test(state, in_mode_none_it_is_the_modules_own)
{
    check_kept(POOL_NONE);
}

Test(state, in_mode_session_too_and_nobody_inherits_it)
{
    check_kept(POOL_SESSION);
}

/* What the toys go on with after a part that failed, and what an Init began
 * that said no. */
Test(state, in_mode_session_an_operation_that_failed_is_nobodys)
{
    static const enum function failing[] = { FUNCTION_C_DigestUpdate,
                                             FUNCTION_C_DigestInit };
    struct config_pool settings = config_pool_default;

    settings.mode = POOL_SESSION;
    for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
        state_finish();
        state_start(&settings);
        toy_fail_after(TOY_ANY, failing[i], CKR_DATA_LEN_RANGE, 1);
        if (C_DigestInit(session, &sha256) == CKR_OK)
            cr_assert_eq(C_DigestUpdate(session, data, 2), CKR_DATA_LEN_RANGE);
        cr_assert_neq(toy_active(0), 0);
        cr_assert_eq(C_CloseSession(session), CKR_OK);
        cr_assert_eq(toy_active(0), 0);
        session = router_session(1);
        cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    }
    state_finish();
    state_start(&config_pool_default);
}

Test(state, in_mode_session_an_operation_that_was_left_open_is_nobodys)
{
    struct config_pool settings = config_pool_default;

    state_finish();
    settings.mode = POOL_SESSION;
    state_start(&settings);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    session = router_session(1);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    state_finish();
    state_start(&config_pool_default);
}
