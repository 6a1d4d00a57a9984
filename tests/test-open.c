/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening sessions: what is refused, and who opens them. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(open, .init = router_start_one, .fini = finish, .timeout = 60);

static CK_RV
open_with(CK_SLOT_ID slot, CK_FLAGS flags)
{
    return C_OpenSession(slot, flags, NULL, NULL, &session);
}

/* The order of R3.5. */
Test(open, is_refused_for_the_first_thing_that_is_wrong)
{
    cr_assert_eq(C_OpenSession(9, 0, NULL, NULL, NULL), CKR_SLOT_ID_INVALID);
    cr_assert_eq(C_OpenSession(1, 0, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
    toys[0].has_token = false;
    cr_assert_eq(open_with(1, 0), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    cr_assert_eq(open_with(1, CKF_SERIAL_SESSION | CKF_ASYNC_SESSION),
                 CKR_SESSION_ASYNC_NOT_SUPPORTED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), 0);
    cr_assert_eq(open_with(1, CKF_SERIAL_SESSION), CKR_TOKEN_NOT_PRESENT);
}

static CK_FLAGS seen_flags;
static const void *seen_notify;

static bool
look_at_flags(enum function function, CK_SLOT_ID slot,
              struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)rv;
    if (function == FUNCTION_C_OpenSession) {
        seen_flags = arguments[1].number;
        seen_notify = arguments[3].pointer;
    }
    return false;
}

static CK_RV
notify(CK_SESSION_HANDLE its, CK_NOTIFICATION event, CK_VOID_PTR application)
{
    (void)its;
    (void)event;
    (void)application;
    return CKR_OK;
}

Test(open, unknown_flags_and_callbacks_do_not_reach_the_module)
{
    toy_set_hook(look_at_flags);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION | 1ul << 20, NULL, notify,
                               &session),
                 CKR_OK);
    cr_assert_eq(seen_flags, CKF_SERIAL_SESSION);
    cr_assert_null(seen_notify, "it would be given the module's handle");
}

Test(open, the_vendors_refusal_is_told_and_leaves_nothing)
{
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_TOKEN_WRITE_PROTECTED, 1);
    cr_assert_eq(open_with(1, CKF_SERIAL_SESSION | CKF_RW_SESSION),
                 CKR_TOKEN_WRITE_PROTECTED);
    cr_assert_eq(token_sessions(router_token(1)).all, 0);
    cr_assert_eq(token_sessions(router_token(1)).read_write, 0);
    cr_assert_not(session_any_is_busy());
    cr_assert_eq(open_with(1, CKF_SERIAL_SESSION | CKF_RW_SESSION), CKR_OK);
    cr_assert_eq(token_sessions(router_token(1)).read_write, 1);
}

Test(open, the_last_close_ends_every_handle_of_the_token)
{
    CK_SESSION_HANDLE other;
    CK_OBJECT_HANDLE key;
    CK_ULONG size;

    toy_add_key(0, CKO_PUBLIC_KEY, 7);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PUBLIC_KEY, 7);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_neq(C_GetObjectSize(other, key, &size),
                  CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    session = router_session(1);
    cr_assert_eq(C_GetObjectSize(session, key, &size),
                 CKR_OBJECT_HANDLE_INVALID);
}

Test(open, a_token_is_not_initialised_under_an_open_session)
{
    CK_UTF8CHAR label[33] = "new                             ";

    session = router_session(1);
    cr_assert_eq(C_InitToken(1, NULL, 0, label), CKR_SESSION_EXISTS);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_InitToken), 0);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_InitToken(1, NULL, 0, label), CKR_OK);
}

/* -- On a token of several members ---------------------------------------- */

TestSuite(open_group, .init = router_start_two, .fini = finish, .timeout = 60);

Test(open_group, goes_to_the_next_member_when_one_is_lost)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_OpenSession, CKR_DEVICE_REMOVED, 1);
    session = router_session(1);
    cr_assert_eq(toy_count_sessions(0), 0);
    cr_assert_eq(toy_count_sessions(1), 1);
    cr_assert_not(member_is_usable(&router_token(1)->members[0]));
}

Test(open_group, tells_the_vendors_code_when_nobody_is_left)
{
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_DEVICE_REMOVED, 9);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_DEVICE_REMOVED);
    cr_assert_not(session_any_is_busy());
    cr_assert_eq(token_sessions(router_token(1)).all, 0);
}

Test(open_group, does_not_leave_a_member_for_a_users_mistake)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_OpenSession,
             CKR_SESSION_READ_WRITE_SO_EXISTS, 1);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_SESSION_READ_WRITE_SO_EXISTS);
    cr_assert_eq(toy_count(TOY_SLOT(1), FUNCTION_C_OpenSession), 0);
    cr_assert(member_is_usable(&router_token(1)->members[0]));
}

Test(open_group, is_not_initialised_as_a_whole)
{
    CK_UTF8CHAR label[33] = "new                             ";

    cr_assert_eq(C_InitToken(1, NULL, 0, label), CKR_TOKEN_WRITE_PROTECTED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_InitToken), 0);
}
