/* SPDX-License-Identifier: BSD-3-Clause */
/* A plain token's device goes away and comes back: what the application has
 * goes on (DESIGN 4, R7.7). */
#include "tests/reconnect-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static enum config_pool_mode modes[] = { POOL_OPERATION, POOL_SESSION,
                                         POOL_NONE };

enum { N_MODES = sizeof(modes) / sizeof(modes[0]) };

static void
finish(void)
{
    toys[0].has_token = true;
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(reconnect, .fini = finish, .timeout = 60);

/* Each of them in each mode of a pool. */
#define RECONNECT_TEST(name)                                                   \
    ParameterizedTestParameters(reconnect, name)                               \
    {                                                                          \
        return cr_make_param_array(enum config_pool_mode, modes, N_MODES);     \
    }                                                                          \
    ParameterizedTest(enum config_pool_mode *mode, reconnect, name)

static CK_RV
get_random(void)
{
    CK_BYTE byte;

    return C_GenerateRandom(reconnect_session, &byte, 1);
}

/* -- What goes on -----------------------------------------------------------
 */

RECONNECT_TEST(sessions_and_handles_survive)
{
    reconnect_start(*mode);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    reconnect_lose();
    cr_assert_eq(reconnect_sign(), CKR_DEVICE_REMOVED);
    cr_assert_eq(reconnect_state(), MEMBER_DOWN);
    reconnect_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(reconnect_state(), MEMBER_UP);
    cr_assert_eq(pool_find_key(reconnect_session, 7), reconnect_key,
                 "the same handle (R2.8)");
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

RECONNECT_TEST(a_key_that_was_only_found_survives_too)
{
    reconnect_start(*mode);
    reconnect_lose();
    cr_assert_eq(reconnect_sign(), CKR_DEVICE_REMOVED);
    reconnect_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

RECONNECT_TEST(a_reboot_that_nobody_saw_is_no_failure)
{
    reconnect_start(*mode);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    for (int i = 0; i < 10; i++) {
        reconnect_reboot();
        cr_assert_eq(reconnect_sign(), CKR_OK, "round %d", i);
    }
    cr_assert_leq(toy_count_sessions(0), 2);
}

RECONNECT_TEST(in_the_middle_of_an_operation_is_none_either)
{
    struct toy_result result;

    reconnect_start(*mode);
    cr_assert_eq(router_sign_init(reconnect_session, reconnect_key), CKR_OK);
    reconnect_reboot();
    cr_assert_eq(router_sign(reconnect_session, "text", &result), CKR_OK);
    cr_assert_eq(result.number, 7);
}

/* The device goes after the user has logged in and signed. */
static void
lose_after_login(enum config_pool_mode mode)
{
    CK_UTF8CHAR pin[] = "right";

    reconnect_start(mode);
    toys[0].pin = "right";
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    reconnect_lose();
    cr_assert_eq(reconnect_sign(), CKR_DEVICE_REMOVED);
}

RECONNECT_TEST(the_users_login_comes_back)
{
    CK_SESSION_INFO info;

    lose_after_login(*mode);
    reconnect_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(C_GetSessionInfo(reconnect_session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_USER_FUNCTIONS);
}

/* R7.13, R7.14: one try, and then nobody is logged in. */
RECONNECT_TEST(a_login_that_is_refused_is_over)
{
    CK_SESSION_INFO info;

    lose_after_login(*mode);
    toys[0].pin = "other";
    toy_forget_calls();
    reconnect_return();
    (void)reconnect_sign();
    (void)reconnect_sign();
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
    cr_assert_eq(C_GetSessionInfo(reconnect_session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_PUBLIC_SESSION);
}

RECONNECT_TEST(the_sos_login_is_over)
{
    CK_UTF8CHAR pin[] = "so";
    CK_SESSION_INFO info;

    reconnect_start(*mode);
    cr_assert_eq(C_Login(reconnect_session, CKU_SO, pin, 2), CKR_OK);
    cr_assert_eq(get_random(), CKR_OK);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    reconnect_return();
    cr_assert_eq(get_random(), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(reconnect_session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_PUBLIC_SESSION);
}

/* The handle of before is another key's by now. */
static void
idle_through_a_reboot(enum config_pool_mode mode, uint64_t idle_ms)
{
    reconnect_start(mode);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    toy_sessions_end(0);
    toys[0].shift++;
    for (int i = 0; i < 2; i++) {
        router_clock_move(idle_ms);
        cr_assert_eq(C_CloseSession(router_session(1)), CKR_OK);
    }
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

RECONNECT_TEST(a_reboot_while_it_idles_signs_with_no_other_key)
{
    idle_through_a_reboot(*mode, 60 * 1000);
}

/* Nothing but the keeper is left. */
RECONNECT_TEST(a_reboot_while_it_idles_for_long_neither)
{
    idle_through_a_reboot(*mode, 10 * 60 * 1000);
}

/* Nobody has looked at the slots since another token is there. */
RECONNECT_TEST(another_token_that_nobody_saw_come_is_not_this_one)
{
    CK_UTF8CHAR pin[] = "right";

    reconnect_start(*mode);
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    toy_forget_calls();
    reconnect_reboot();
    toys[0].serial = "another";
    cr_assert_eq(reconnect_sign(), CKR_DEVICE_REMOVED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 0);
}

/* A search that is not at its end goes with the backend session that it is
 * in: what was read is given, what was not is no end of it. */
RECONNECT_TEST(a_search_is_cut_off_with_its_device)
{
    enum { MANY = 1000 };
    static CK_OBJECT_HANDLE found[MANY];
    CK_ULONG count = 0;

    reconnect_start(*mode);
    toys[0].n_anonymous = MANY;
    cr_assert_eq(C_FindObjectsInit(reconnect_session, NULL, 0), CKR_OK);
    reconnect_reboot();
    cr_assert_eq(get_random(), CKR_OK);
    cr_assert_eq(C_FindObjects(reconnect_session, found, MANY, &count), CKR_OK);
    cr_assert_lt(count, MANY);
    cr_assert_eq(C_FindObjects(reconnect_session, found, MANY, &count),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(C_FindObjects(reconnect_session, found, MANY, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

/* -- What is over -----------------------------------------------------------
 */

RECONNECT_TEST(what_was_fed_in_already_is_lost_once)
{
    CK_BYTE data[4] = { 0 }, out[64];
    CK_ULONG length = sizeof(out);

    reconnect_start(*mode);
    cr_assert_eq(router_sign_init(reconnect_session, reconnect_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(reconnect_session, data, 4), CKR_OK);
    reconnect_reboot();
    cr_assert_eq(C_SignFinal(reconnect_session, out, &length),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(C_SignFinal(reconnect_session, out, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

/* Nobody has used it, nor found it (R2.13). */
RECONNECT_TEST(what_was_made_just_now_is_found_again)
{
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_BBOOL is_token = CK_TRUE;
    CK_BYTE id = 0x4d;
    char label[4] = "made", read[4] = "";
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_ID, &id, sizeof(id) },
        { CKA_LABEL, label, sizeof(label) },
    };
    CK_ATTRIBUTE wanted = { CKA_LABEL, read, sizeof(read) };
    CK_OBJECT_HANDLE made;

    reconnect_start(*mode);
    cr_assert_eq(C_CreateObject(reconnect_session, template, 4, &made), CKR_OK);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    reconnect_return();
    cr_assert_eq(C_GetAttributeValue(reconnect_session, made, &wanted, 1),
                 CKR_OK);
    cr_assert_arr_eq(read, label, sizeof(label));
}

RECONNECT_TEST(session_objects_are_dead)
{
    char label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    CK_OBJECT_HANDLE made;

    reconnect_start(*mode);
    cr_assert_eq(C_CreateObject(reconnect_session, &template, 1, &made),
                 CKR_OK);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    reconnect_return();
    cr_assert_eq(C_GetAttributeValue(reconnect_session, made, &template, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

/* R6.18: said once as what happened, then as what is left. */
RECONNECT_TEST(another_token_is_not_this_one)
{
    CK_SESSION_HANDLE fresh;

    reconnect_start(*mode);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    toys[0].serial = "another";
    reconnect_return();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    cr_assert_eq(get_random(), CKR_SESSION_HANDLE_INVALID);
    fresh = router_session(1);
    cr_assert_eq(C_CloseSession(reconnect_session), CKR_OK);
    cr_assert_eq(C_CloseSession(fresh), CKR_OK);
}

/* R6.17: its slot says that somebody did it. */
RECONNECT_TEST(what_a_person_has_taken_out_does_not_go_on)
{
    toys[0].is_removable = true;
    reconnect_start(*mode);
    toys[0].is_removable = true;
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    reconnect_return();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    cr_assert_eq(get_random(), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_CloseSession(reconnect_session), CKR_OK);
    reconnect_session = router_session(1);
    cr_assert_eq(get_random(), CKR_OK);
}

/* -- While it is away --------------------------------------------------------
 */

RECONNECT_TEST(nobody_is_asked_while_it_is_down)
{
    reconnect_start(*mode);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    toy_forget_calls();
    for (int i = 0; i < 100; i++)
        cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_GenerateRandom), 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_OpenSession), 0);
}

RECONNECT_TEST(it_is_tried_at_least_every_two_seconds)
{
    reconnect_start(*mode);
    reconnect_lose();
    for (int i = 0; i < 10; i++) {
        toy_forget_calls();
        cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
        cr_assert_gt(toy_last(FUNCTION_C_GetSlotInfo).count, 0, "try %d", i);
        router_clock_move(member_longest_wait_ms);
    }
}

RECONNECT_TEST(a_logout_meanwhile_is_one)
{
    CK_UTF8CHAR pin[] = "right";

    reconnect_start(*mode);
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    reconnect_lose();
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    cr_assert_eq(C_Logout(reconnect_session), CKR_OK);
    reconnect_return();
    cr_assert_eq(get_random(), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
}

/* It was away for a moment, with its sessions and its login. */
RECONNECT_TEST(a_logout_meanwhile_is_one_where_nothing_was_lost)
{
    CK_UTF8CHAR pin[] = "right";

    reconnect_start(*mode);
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    toys[0].has_token = false;
    toy_fail(TOY_ANY, FUNCTION_C_GenerateRandom, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(get_random(), CKR_DEVICE_REMOVED);
    cr_assert_eq(reconnect_state(), MEMBER_DOWN);
    cr_assert_eq(C_Logout(reconnect_session), CKR_OK);
    toys[0].has_token = true;
    router_clock_move(member_longest_wait_ms);
    cr_assert_eq(get_random(), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
}

/* -- What an operator wishes -------------------------------------------------
 */

/* Other backend sessions, and nobody notices: not even who is logged in. */
RECONNECT_TEST(every_backend_session_can_be_opened_anew)
{
    CK_UTF8CHAR pin[] = "right";
    struct toy_result result;
    CK_SESSION_HANDLE before;
    unsigned long n_logins;

    reconnect_start(*mode);
    toys[0].pin = "right";
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    before = pool_used(FUNCTION_C_Sign);
    n_logins = toy_count(TOY_ANY, FUNCTION_C_Login);
    cr_assert(member_reconnect(reconnect_member()));
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_neq(pool_used(FUNCTION_C_Sign), before);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), n_logins);
    cr_assert_leq(toy_count_sessions(0), 2);
    /* What is going on ends where it began. */
    cr_assert_eq(router_sign_init(reconnect_session, reconnect_key), CKR_OK);
    before = pool_used(FUNCTION_C_SignInit);
    cr_assert(member_reconnect(reconnect_member()));
    cr_assert_eq(router_sign(reconnect_session, "text", &result), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_Sign), before);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_neq(pool_used(FUNCTION_C_Sign), before);
}
