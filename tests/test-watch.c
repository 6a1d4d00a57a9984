/* SPDX-License-Identifier: BSD-3-Clause */
/* A call that does not come back (call_timeout): everybody else is answered at
 * once, and the token comes back with it (R4.4, R3.34). The clock stands still
 * but for what a test moves it: who waited for it would wait for ever. */
#include "tests/hang-fixture.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <string.h>

static struct hang_call caught, others[2];
static CK_SESSION_HANDLE session, second;

static void
setup(void)
{
    struct hang_setting setting = { .may_create_threads = true };

    hang_start(&setting);
    session = hang_session;
    second = router_session(1);
}

static void
finish(void)
{
    toy_release();
    (void)C_Finalize(NULL);
}

TestSuite(watch, .init = setup, .fini = finish, .timeout = 60);

static CK_RV
seed(CK_SESSION_HANDLE which)
{
    CK_BYTE byte = 1;

    return C_SeedRandom(which, &byte, 1);
}

static void
catch_random(void)
{
    hang_begin_call(&caught, HANG_RANDOM, session);
    hang_until_caught();
}

/* -- Who comes ---------------------------------------------------------------
 */

Test(watch, who_comes_later_is_refused_and_the_module_not_asked)
{
    catch_random();
    toy_forget_calls();
    cr_assert_eq(seed(second), CKR_DEVICE_REMOVED);
    cr_assert_eq(hang_login(second), CKR_DEVICE_REMOVED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SeedRandom), 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 0);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK, "its own result is as ever");
    cr_assert_eq(seed(second), CKR_OK);
    cr_assert_eq(seed(session), CKR_OK);
}

/* What p11mux asks for itself, in the call of somebody. */
Test(watch, reading_what_a_key_is_may_hang_too)
{
    caught.key = pool_find_key(session, 1);
    object_space_unidentify(router_token(1)->objects, caught.key);
    hang_begin_call(&caught, HANG_USE, session);
    hang_until_caught();
    cr_assert_eq(seed(second), CKR_DEVICE_REMOVED);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(seed(second), CKR_OK);
}

/* The token is seen in another module meanwhile. */
Test(watch, a_module_is_free_again_though_its_token_has_moved)
{
    struct member *member = &router_token(1)->members[0];
    struct backend *before = atomic_load(&member->backend);
    struct backend *other = backend_set_get(instance_get()->backends, 1);

    catch_random();
    cr_assert(backend_is_stuck(before));
    member_place(member, other, TOY_SLOT(TOY_SECOND), false);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_not(backend_is_stuck(before));
    cr_assert_not(backend_is_stuck(other));
}

Test(watch, slots_and_sessions_are_shown_as_before)
{
    CK_SESSION_INFO session_info;
    CK_TOKEN_INFO token_info;
    CK_SESSION_HANDLE more;
    CK_SLOT_INFO slot_info;
    CK_SLOT_ID slots[2];
    CK_ULONG n_slots = 2;

    catch_random();
    pool_clock_move(10000); /* slot_refresh is over */
    toy_forget_calls();
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &n_slots), CKR_OK);
    cr_assert_eq(C_GetSlotList(CK_TRUE, slots, &n_slots), CKR_OK);
    cr_assert_eq(n_slots, 2);
    cr_assert_eq(C_GetSlotInfo(1, &slot_info), CKR_OK);
    cr_assert((slot_info.flags & CKF_TOKEN_PRESENT) != 0);
    cr_assert_eq(C_GetSessionInfo(second, &session_info), CKR_OK);
    cr_assert_eq(C_GetTokenInfo(1, &token_info), CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &more),
                 CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(toy_count(TOY_SLOT(0), FUNCTION_C_GetSlotInfo), 0,
                 "nobody looks at it meanwhile");
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(C_GetTokenInfo(1, &token_info), CKR_OK);
}

Test(watch, another_token_of_its_module_goes_on)
{
    CK_SESSION_HANDLE other = router_session(2);

    catch_random();
    cr_assert_eq(seed(other), CKR_OK);
    cr_assert_eq(hang_login(other), CKR_OK);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
}

/* -- Who waits ---------------------------------------------------------------
 */

Test(watch, who_waits_in_the_same_session_leaves)
{
    hang_begin_call(&caught, HANG_RANDOM, session);
    hang_begin_call(&others[0], HANG_SEED, session);
    hang_until_session_is_waited_for(session);
    hang_until_caught();
    cr_assert_eq(hang_end_call(&others[0]), CKR_FUNCTION_FAILED);
    cr_assert_eq(seed(session), CKR_FUNCTION_FAILED, "nor does who comes");
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(seed(session), CKR_OK);
}

Test(watch, who_waits_for_a_login_leaves)
{
    hang_begin_call(&caught, HANG_LOGIN, session);
    hang_begin_call(&others[0], HANG_LOGIN_TOO, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&others[0]), CKR_FUNCTION_FAILED);
    cr_assert_eq(C_Logout(second), CKR_FUNCTION_FAILED);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(C_Logout(second), CKR_OK);
}

Test(watch, who_waits_for_the_first_session_leaves)
{
    hang_begin_call(&caught, HANG_OPEN, 2);
    hang_begin_call(&others[0], HANG_OPEN_TOO, 2);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&others[0]), CKR_FUNCTION_FAILED);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(seed(router_session(2)), CKR_OK);
}

/* -- Who ends something ------------------------------------------------------
 */

Test(watch, sessions_are_closed_without_the_module_and_there_later)
{
    cr_assert_eq(seed(second), CKR_OK);
    catch_random();
    toy_forget_calls();
    cr_assert_eq(C_CloseSession(second), CKR_OK);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(seed(session), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    session = router_session(1);
    cr_assert_eq(seed(session), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 2, "the keeper and one: %zu",
                 toy_count_sessions(0));
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0, "%zu are open",
                 toy_count_sessions(0));
}

Test(watch, a_logout_is_made_up_for_before_anybody_is_let_in)
{
    cr_assert_eq(hang_login(session), CKR_OK);
    catch_random();
    cr_assert_eq(C_Logout(second), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER, "nobody could tell it");
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(seed(second), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    cr_assert_eq(hang_login(session), CKR_OK);
}

Test(watch, the_last_close_is_made_up_for_too)
{
    cr_assert_eq(hang_login(session), CKR_OK);
    catch_random();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    session = router_session(1);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
}

/* The clock stands: it would wait for ever for finalize_wait. */
Test(watch, finalising_does_not_wait)
{
    catch_random();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Finalize), 0);
    toy_release();
    (void)hang_end_call(&caught);
}

/* -- Coming back -------------------------------------------------------------
 */

Test(watch, one_that_is_not_well_when_it_is_back_is_lost)
{
    CK_SESSION_HANDLE more;
    CK_RV rv;

    catch_random();
    toys[0].has_token = false;
    pool_clock_move(10000);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &more),
                 CKR_TOKEN_NOT_PRESENT);
    toys[0].has_token = true;
    /* Until the mender has seen it. */
    do {
        pool_clock_move(1000);
        rv = C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &more);
    } while (rv == CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(rv, CKR_OK);
}

Test(watch, one_that_hangs_when_it_is_looked_at_hangs_again)
{
    catch_random();
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    hang_begin_call(&caught, HANG_LOOK, second);
    cr_assert_eq(seed(session), CKR_DEVICE_REMOVED, "one looks");
    hang_until_caught();
    cr_assert_eq(seed(session), CKR_DEVICE_REMOVED);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_DEVICE_REMOVED);
    cr_assert_eq(seed(session), CKR_OK);
}

Test(watch, the_log_says_when_it_begins_and_when_it_ends)
{
    const char *heard;

    heard_begin();
    catch_random();
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    heard = heard_end();
    cr_assert_not_null(strstr(heard, "module toys: C_GenerateRandom on token "
                                     "\"one\" has not returned for 3"),
                       "%s", heard);
    cr_assert_not_null(strstr(heard, "module toys: C_GenerateRandom on token "
                                     "\"one\" has returned after "),
                       "%s", heard);
}

/* -- What is no hang ---------------------------------------------------------
 */

Test(watch, thirty_seconds_are_given_to_each_call)
{
    hang_begin_call(&caught, HANG_RANDOM, session);
    hang_pass(29);
    cr_assert_eq(seed(second), CKR_OK);
    hang_until_caught();
    cr_assert_eq(seed(second), CKR_DEVICE_REMOVED);
}

Test(watch, a_key_is_given_two_minutes)
{
    hang_begin_call(&caught, HANG_GENERATE, session);
    hang_pass(119);
    cr_assert_eq(seed(second), CKR_OK);
    hang_until_caught();
    cr_assert_eq(seed(second), CKR_DEVICE_REMOVED);
}

/* Another call of the same function each time. */
Test(watch, many_short_calls_are_no_long_one)
{
    for (int i = 0; i < 90; i++) {
        CK_BYTE byte;

        cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
        hang_pass(1);
    }
    cr_assert_eq(seed(second), CKR_OK);
}
