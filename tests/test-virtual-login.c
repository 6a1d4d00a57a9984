/* SPDX-License-Identifier: BSD-3-Clause */
/* The application's login over pooled backend sessions: it is checked, it is
 * the same in all of them, and it ends for all of them (R3.15 to R3.21). */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key, public_key;
static CK_UTF8CHAR right[] = "1234", wrong[] = "4321", of_so[] = "87654321";

static struct config *
prepare(size_t size)
{
    struct config_pool settings = pool_settings(size);
    struct config *config = pool_config(&settings);

    toys[0].pin = "1234";
    toys[0].so_pin = "87654321";
    toy_add_key(0, CKO_PRIVATE_KEY, 1);
    toy_add_key(0, CKO_PUBLIC_KEY, 2);
    return config;
}

static void
open_two(void)
{
    session = pool_session(CKF_RW_SESSION);
    other = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
    public_key = router_find_key(session, CKO_PUBLIC_KEY, 2);
}

static void
setup(void)
{
    router_start(prepare(2));
    open_two();
}

TestSuite(virtual_login, .init = setup, .fini = pool_finish, .timeout = 20);

static CK_RV
log_in(CK_SESSION_HANDLE its, const CK_UTF8CHAR *pin)
{
    CK_UTF8CHAR copy[16];
    size_t length = strlen((const char *)pin);

    memcpy(copy, pin, length);
    return C_Login(its, pin == of_so ? CKU_SO : CKU_USER, copy, length);
}

static void
sign(CK_SESSION_HANDLE its)
{
    CK_RV rv;

    cr_assert(pool_signs(its, key, 1, "text", &rv), "0x%lx", rv);
}

static CK_STATE
state_of(CK_SESSION_HANDLE its)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(its, &info), CKR_OK);
    return info.state;
}

/* Backend sessions that can be used at the same time, none of them new. */
static void
warm_up(void)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    sign(other);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
}

/* -- The PIN ----------------------------------------------------------------
 */

/* Conformance 3, R3.19: the token would not look at it. */
Test(virtual_login, asks_for_the_right_pin_every_time)
{
    cr_assert_eq(log_in(session, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, right), CKR_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(log_in(other, wrong), CKR_PIN_INCORRECT);
        cr_assert_eq(log_in(session, right), CKR_USER_ALREADY_LOGGED_IN);
    }
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
}

Test(virtual_login, takes_no_pin_for_right_that_only_begins_so)
{
    CK_UTF8CHAR longer[] = "12345", shorter[] = "123", none[] = "";

    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(log_in(session, longer), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, shorter), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, none), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, right), CKR_USER_ALREADY_LOGGED_IN);
}

Test(virtual_login, is_one_for_all_sessions)
{
    CK_SESSION_HANDLE read_only = pool_session(0);

    cr_assert_eq(state_of(session), CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(state_of(read_only), CKS_RO_PUBLIC_SESSION);
    cr_assert_eq(log_in(other, right), CKR_OK);
    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
    cr_assert_eq(state_of(read_only), CKS_RO_USER_FUNCTIONS);
    cr_assert_eq(state_of(pool_session(0)), CKS_RO_USER_FUNCTIONS);
    cr_assert_eq(C_Logout(read_only), CKR_OK);
    cr_assert_eq(state_of(session), CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
}

Test(virtual_login, is_said_not_to_be_there_without_asking_the_token)
{
    unsigned long before = toy_count(TOY_ANY, FUNCTION_C_Logout);

    cr_assert_eq(C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Logout), before, "R3.15");
}

Test(virtual_login, of_another_kind_is_refused)
{
    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(log_in(session, of_so), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    cr_assert_eq(C_Login(session, 77, right, 4), CKR_USER_TYPE_INVALID);
    cr_assert_eq(toys[0].user, CKU_USER);
}

Test(virtual_login, is_over_with_the_last_session)
{
    cr_assert_eq(log_in(session, right), CKR_OK);
    sign(session);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    open_two();
    cr_assert_eq(state_of(session), CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(log_in(session, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, right), CKR_OK);
}

/* -- The security officer (R3.18) --------------------------------------------
 */

/* Conformance 1: R/O backend sessions that the application does not know of. */
Test(virtual_login, of_the_so_is_not_stopped_by_hidden_sessions)
{
    CK_SESSION_HANDLE read_only = pool_session(0), session_too;
    CK_RV rv;

    sign(read_only);
    warm_up();
    cr_assert_eq(C_CloseSession(read_only), CKR_OK);
    cr_assert_eq(log_in(session, of_so), CKR_OK);
    cr_assert_eq(state_of(other), CKS_RW_SO_FUNCTIONS);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session_too),
                 CKR_SESSION_READ_WRITE_SO_EXISTS);
    cr_assert(pool_signs(other, public_key, 2, "text", &rv), "0x%lx", rv);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert(pool_signs(pool_session(0), public_key, 2, "text", &rv), "0x%lx",
              rv);
}

Test(virtual_login, of_the_so_is_stopped_by_those_it_knows_of)
{
    CK_SESSION_HANDLE read_only = pool_session(0);

    cr_assert_eq(log_in(session, of_so), CKR_SESSION_READ_ONLY_EXISTS);
    cr_assert_eq(state_of(session), CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(C_CloseSession(read_only), CKR_OK);
    cr_assert_eq(log_in(session, of_so), CKR_OK);
}

/* Conformance 2: the pool keeps no token from being initialised. */
Test(virtual_login, and_its_pool_are_gone_when_a_token_is_initialised)
{
    CK_UTF8CHAR label[32];

    memset(label, ' ', sizeof(label));
    label[0] = 'A';
    warm_up();
    cr_assert_eq(C_InitToken(1, of_so, 8, label), CKR_SESSION_EXISTS);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_InitToken(1, of_so, 8, label), CKR_SESSION_EXISTS);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    cr_assert_eq(C_InitToken(1, of_so, 8, label), CKR_OK);
}

/* -- Its end (R3.15) ---------------------------------------------------------
 */

/* Conformance 4, where the token would let it go on. */
Test(virtual_login, takes_what_had_begun_along_when_it_ends)
{
    struct toy_result result;
    CK_BYTE data[] = "data";

    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign_init(other, key), CKR_OK);
    cr_assert_eq(C_Logout(other), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_SignUpdate(other, data, 4), CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(0), 0, "nor in the token");
}

Test(virtual_login, takes_private_handles_along_and_no_others)
{
    CK_BYTE id[2];
    CK_ATTRIBUTE wanted = { CKA_ID, id, sizeof(id) };
    CK_OBJECT_HANDLE before = key;

    cr_assert_eq(log_in(session, right), CKR_OK);
    sign(session);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(session, public_key, &wanted, 1), CKR_OK);
    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(router_sign_init(session, before), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_GetAttributeValue(session, public_key, &wanted, 1), CKR_OK);
    key = pool_find_key(session, 1);
    cr_assert_neq(key, before);
    sign(session);
}

/* What most applications do: they search again, and ask nothing of before. */
Test(virtual_login, finds_private_keys_again_after_the_next_one)
{
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(log_in(session, right), CKR_OK);
        key = pool_find_key(session, 1);
        sign(session);
        cr_assert_eq(C_Logout(session), CKR_OK);
    }
}

/* -- Backend sessions that do not follow (R3.21) -----------------------------
 */

Test(virtual_login, is_done_again_when_the_token_has_lost_it)
{
    CK_RV rv;

    cr_assert_eq(log_in(session, right), CKR_OK);
    warm_up();
    toy_sessions_end(0);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    /* One call may fail; the next one works, as the user. */
    (void)pool_signs(session, key, 1, "text", &rv);
    sign(session);
    sign(other);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
}

/* -- For one operation (R3.23) -----------------------------------------------
 */

/* Conformance 9. */
Test(virtual_login, for_one_operation_goes_where_the_operation_is)
{
    struct toy_result result;
    CK_SESSION_HANDLE its;
    unsigned long before;

    cr_assert_eq(log_in(session, right), CKR_OK);
    warm_up();
    cr_assert_eq(router_sign_init(other, key), CKR_OK);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    its = pool_used(FUNCTION_C_SignInit);
    before = toy_count(TOY_ANY, FUNCTION_C_Login);
    cr_assert_eq(C_Login(session, CKU_CONTEXT_SPECIFIC, wrong, 4),
                 CKR_PIN_INCORRECT);
    cr_assert_eq(pool_used(FUNCTION_C_Login), its);
    cr_assert_eq(C_Login(session, CKU_CONTEXT_SPECIFIC, right, 4), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_Login), its);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), before + 2, "once each");
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_Sign), its);
    cr_assert_eq(router_sign(other, "data", &result), CKR_OK);
    cr_assert_eq(C_Login(session, CKU_CONTEXT_SPECIFIC, right, 4),
                 CKR_OPERATION_NOT_INITIALIZED);
}

/* -- Without the application's doing ------------------------------------------
 */

static void
setup_automatic(void)
{
    struct config *config = prepare(2);
    struct config_pin *pin = &config->tokens[0].pin;

    pin->kind = PIN_FILE;
    pin->text = strdup(fixture_write("pin", 0600, "1234\n"));
    config->tokens[0].auto_login = true;
    router_start(config);
    open_two();
}

TestSuite(virtual_login_automatic, .init = setup_automatic, .fini = pool_finish,
          .timeout = 20);

Test(virtual_login_automatic, is_there_from_the_start)
{
    CK_TOKEN_INFO info;

    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
    cr_assert_eq(toys[0].user, CKU_USER);
    sign(session);
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.flags & CKF_LOGIN_REQUIRED, 0);
}

Test(virtual_login_automatic, lets_the_application_log_in_once)
{
    cr_assert_eq(log_in(session, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(log_in(other, right), CKR_USER_ALREADY_LOGGED_IN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
}

Test(virtual_login_automatic, stays_when_the_application_logs_out)
{
    cr_assert_eq(log_in(session, right), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    sign(session);
    cr_assert_eq(log_in(session, right), CKR_OK);
}

Test(virtual_login_automatic, makes_way_for_the_so_and_comes_back)
{
    cr_assert_eq(log_in(session, of_so), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_SO);
    cr_assert_eq(state_of(session), CKS_RW_SO_FUNCTIONS);
    cr_assert_eq(C_Logout(session), CKR_OK);
    key = pool_find_key(session, 1);
    sign(session);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
}

Test(virtual_login_automatic, is_there_again_after_the_last_close)
{
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
    open_two();
    cr_assert_eq(state_of(session), CKS_RW_USER_FUNCTIONS);
    sign(session);
}

/* DESIGN 4: never CKR_PIN_INCORRECT, since the application gave none. */
Test(virtual_login_automatic, says_what_it_could_not_do)
{
    CK_SESSION_HANDLE none;

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    fixture_write("pin", 0600, "4321\n");
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &none),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count_sessions(0), 0);
    fixture_write("pin", 0600, "1234\n");
    open_two();
    sign(session);
}
