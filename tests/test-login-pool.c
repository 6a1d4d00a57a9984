/* SPDX-License-Identifier: BSD-3-Clause */
/* What logins do to pooled backend sessions, and what becomes of logins when
 * these are gone. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key;
static CK_UTF8CHAR pin[] = "1234", so_pin[] = "87654321";
static struct config_pool settings;
static size_t size; /* 0: no limit */

static void
start(enum config_pool_mode mode, CK_ULONG most_sessions)
{
    struct config *config = router_config();

    router_clock_stop();
    router_profile.settings.serial = SERIAL_REAL;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    settings = config_pool_default;
    settings.mode = mode;
    settings.size = size;
    settings.wait_ms = 0;
    router_pool(1, &settings);
    toys[0].pin = "1234";
    toys[0].so_pin = "87654321";
    toys[0].most_sessions = most_sessions;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static void
setup(void)
{
    start(POOL_OPERATION, 0);
}

static void
setup_one(void)
{
    start(POOL_OPERATION, 1);
}

static void
setup_small(void)
{
    size = 1;
    start(POOL_OPERATION, 0);
}

static void
setup_none(void)
{
    start(POOL_NONE, 0);
}

static void
finish(void)
{
    C_CloseAllSessions(1);
    cr_assert_eq(toy_count_sessions(0), 0);
    C_Finalize(NULL);
}

TestSuite(login_pool, .init = setup, .fini = finish, .timeout = 60);
TestSuite(login_pool_one, .init = setup_one, .fini = finish, .timeout = 60);
TestSuite(login_pool_small, .init = setup_small, .fini = finish, .timeout = 60);
TestSuite(login_pool_none, .init = setup_none, .fini = finish, .timeout = 60);

static CK_STATE
state_of(CK_SESSION_HANDLE its)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(its, &info), CKR_OK);
    return info.state;
}

/* -- Gone -------------------------------------------------------------------
 */

/* R1.25: of the backend's sessions the application knows nothing. */
Test(login_pool, a_login_finds_another_backend_session)
{
    toy_sessions_end(0);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
}

Test(login_pool, a_logout_finds_another_backend_session)
{
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    toy_sessions_end(0);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    cr_assert_eq(state_of(session), CKS_RW_PUBLIC_SESSION);
}

/* As modules do that have private keys. */
static bool
wants_user(enum function function, CK_SLOT_ID slot, struct argument *arguments,
           CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_USER_NOT_LOGGED_IN;
    return function == FUNCTION_C_SignInit && toys[0].user != CKU_USER;
}

/* 7.1, class L. */
Test(login_pool, a_login_that_the_token_has_lost_is_done_again)
{
    struct toy_result result;

    toy_set_hook(wants_user);
    cr_assert_eq(router_sign_init(session, key), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 0);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    toys[0].user = (CK_USER_TYPE)-1;
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 2);
}

/* It may be another login that the module wants. */
Test(login_pool, a_login_that_is_there_is_not_done_again)
{
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_USER_NOT_LOGGED_IN, 1);
    cr_assert_eq(router_sign_init(session, key), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
}

static const struct {
    CK_RV of_opening;
    CK_RV told;
} openings[] = {
    { CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_REMOVED },
    { CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_REMOVED },
    { CKR_SLOT_ID_INVALID, CKR_DEVICE_REMOVED },
    { CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED },
    { CKR_DEVICE_ERROR, CKR_DEVICE_ERROR },
    { CKR_HOST_MEMORY, CKR_HOST_MEMORY },
    { CKR_SESSION_READ_WRITE_SO_EXISTS, CKR_FUNCTION_FAILED },
    { CKR_TOKEN_WRITE_PROTECTED, CKR_FUNCTION_FAILED },
};

/* R1.24: a function on a session has codes of its own. */
Test(login_pool, a_call_does_not_tell_what_opening_says)
{
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        CK_BYTE byte;

        C_CloseAllSessions(1);
        session = router_session(1);
        toy_fail(TOY_ANY, FUNCTION_C_OpenSession, openings[i].of_opening, 1000);
        cr_expect_eq(C_GenerateRandom(session, &byte, 1), openings[i].told,
                     "0x%lx", openings[i].of_opening);
        toy_reset_rules();
    }
}

/* -- In use ------------------------------------------------------------------
 */

/* The only backend session, with an operation on it, is used for the login;
 * it is not free after that. */
Test(login_pool_one, a_login_beside_an_operation_gives_it_to_nobody)
{
    struct toy_result result;
    CK_BYTE byte;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert_eq(C_GenerateRandom(other, &byte, 1), CKR_FUNCTION_FAILED);
    cr_assert_eq(router_sign_init(other, key), CKR_FUNCTION_FAILED);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(C_GenerateRandom(other, &byte, 1), CKR_OK);
}

/* -- Draining ----------------------------------------------------------------
 */

static bool
initialise_pin(enum function function, CK_SLOT_ID slot,
               struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_OK;
    return function == FUNCTION_C_InitPIN;
}

Test(login_pool, session_objects_outlast_a_pin_that_is_initialised)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &no, sizeof(no) },
    };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_Login(session, CKU_SO, so_pin, 8), CKR_OK);
    cr_assert_eq(C_CreateObject(session, template, 2, &object), CKR_OK);
    toy_set_hook(initialise_pin);
    cr_assert_eq(C_InitPIN(other, pin, 4), CKR_OK);
    toy_set_hook(NULL);
    cr_assert_eq(toy_count_objects(0), 2);
}

/* -- Another token ------------------------------------------------------------
 */

static void
replace_token(void)
{
    toy_sessions_end(0);
    toys[0].serial = "another";
    slot_list_refresh(instance_get()->slots);
}

/* R6.18: who was logged in to the token of before is not to this one. */
Test(login_pool_none, a_login_ends_with_its_token)
{
    CK_SESSION_HANDLE fresh;

    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    router_clock_move(5000);
    replace_token();
    fresh = router_session(1);
    cr_assert_eq(state_of(fresh), CKS_RW_PUBLIC_SESSION);
}

/* What has died with the token of before takes nobody's place. */
Test(login_pool_small, a_new_token_has_the_whole_pool)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_SESSION_HANDLE fresh;
    CK_OBJECT_HANDLE object;
    CK_BYTE byte;

    cr_assert_eq(C_CreateObject(session, &template, 1, &object), CKR_OK);
    router_clock_move(5000);
    replace_token();
    fresh = router_session(1);
    cr_assert_eq(C_GenerateRandom(fresh, &byte, 1), CKR_OK);
    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_DEVICE_REMOVED);
}
