/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules on which each session logs in by itself (R3.21): the application
 * logs in once, as the standard has it. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

enum { N_SESSIONS = 4 };

static CK_SESSION_HANDLE sessions[N_SESSIONS];
static CK_OBJECT_HANDLE key;
static CK_UTF8CHAR pin[] = "1234", wrong_pin[] = "4321", so_pin[] = "5678";

static void
start(const struct config_pool *settings)
{
    struct config *config = router_config();

    router_profile.settings.login_scope = SCOPED_SESSION;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    router_pool(1, settings);
    toys[0].scopes_logins = true;
    toys[0].pin = "1234";
    toys[0].so_pin = "5678";
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    for (size_t i = 0; i < N_SESSIONS; i++)
        sessions[i] = router_session(1);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
}

static void
setup(void)
{
    start(&config_pool_default);
}

static void
setup_none(void)
{
    static struct config_pool settings;

    settings = config_pool_default;
    settings.mode = POOL_NONE;
    start(&settings);
}

static void
finish(void)
{
    if (C_CloseAllSessions(1) != CKR_OK || toy_count_sessions(0) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

TestSuite(login_scope, .init = setup, .fini = finish, .timeout = 60);
TestSuite(login_scope_none, .init = setup_none, .fini = finish, .timeout = 60);

static CK_RV
login(CK_SESSION_HANDLE its, const CK_UTF8CHAR *with)
{
    CK_UTF8CHAR copy[8];

    memcpy(copy, with, 5);
    return C_Login(its, CKU_USER, copy, 4);
}

/* All at once, so that each has a backend session of its own. */
static void
sign_in_all(void)
{
    struct toy_result result;

    for (size_t i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(router_sign_init(sessions[i], key), CKR_OK);
    for (size_t i = 0; i < N_SESSIONS; i++) {
        cr_assert_eq(router_sign(sessions[i], "data", &result), CKR_OK);
        cr_assert_eq(result.number, 7);
    }
}

static void
check_refused_in_all(void)
{
    for (size_t i = 0; i < N_SESSIONS; i++) {
        key = router_find_key(sessions[i], CKO_PRIVATE_KEY, 7);
        cr_assert_eq(router_sign_init(sessions[i], key),
                     CKR_USER_NOT_LOGGED_IN);
    }
}

static CK_STATE
state_of(CK_SESSION_HANDLE its)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(its, &info), CKR_OK);
    return info.state;
}

Test(login_scope, one_login_serves_all_sessions)
{
    check_refused_in_all();
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    cr_assert_eq(state_of(sessions[3]), CKS_RW_USER_FUNCTIONS);
    sign_in_all();
    cr_assert_geq(toy_count_logins(0), (size_t)N_SESSIONS);
    cr_assert_eq(login(sessions[1], pin), CKR_USER_ALREADY_LOGGED_IN);
}

Test(login_scope, each_backend_session_logs_in_once)
{
    unsigned long n_logins;

    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    n_logins = toy_count(TOY_ANY, FUNCTION_C_Login);
    for (int i = 0; i < 5; i++)
        sign_in_all();
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), n_logins);
}

Test(login_scope, one_logout_ends_all)
{
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    cr_assert_eq(C_Logout(sessions[2]), CKR_OK);
    cr_assert_eq(state_of(sessions[0]), CKS_RW_PUBLIC_SESSION);
    check_refused_in_all();
    cr_assert_eq(C_Logout(sessions[0]), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(login(sessions[3], pin), CKR_OK);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
    sign_in_all();
}

/* What is used after a logout is logged out first, whoever uses it. */
Test(login_scope, nobody_inherits_a_login_of_before)
{
    size_t n_logins;

    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    n_logins = toy_count_logins(0);
    cr_assert_eq(C_Logout(sessions[0]), CKR_OK);
    for (size_t i = 0; i < N_SESSIONS; i++) {
        CK_BYTE byte;

        cr_assert_eq(C_GenerateRandom(sessions[i], &byte, 1), CKR_OK);
        cr_assert_lt(toy_count_logins(0), n_logins);
    }
}

/* A module looks at no PIN where somebody is logged in already (R3.19). */
Test(login_scope, a_wrong_pin_is_refused_also_where_a_session_was_logged_in)
{
    cr_assert_eq(login(sessions[0], wrong_pin), CKR_PIN_INCORRECT);
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    for (size_t i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(login(sessions[i], wrong_pin), CKR_PIN_INCORRECT);
    cr_assert_eq(C_Logout(sessions[0]), CKR_OK);
    for (size_t i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(login(sessions[i], wrong_pin), CKR_PIN_INCORRECT);
    check_refused_in_all();
}

Test(login_scope, a_pin_that_is_good_no_more_is_tried_once)
{
    unsigned long n_logins;

    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    toys[0].pin = "other";
    cr_assert_eq(router_sign_init(sessions[0], key), CKR_OK,
                 "this one is logged in");
    n_logins = toy_count(TOY_ANY, FUNCTION_C_Login);
    cr_assert_eq(router_sign_init(sessions[1], key), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(router_sign_init(sessions[2], key), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(router_sign_init(sessions[3], key), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), n_logins + 1);
    cr_assert_eq(state_of(sessions[3]), CKS_RW_PUBLIC_SESSION);
}

Test(login_scope, the_last_close_logs_out)
{
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toy_count_logins(0), 0);
    for (size_t i = 0; i < N_SESSIONS; i++)
        sessions[i] = router_session(1);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
    check_refused_in_all();
}

Test(login_scope, an_so_who_has_gone_is_nobodys_either)
{
    CK_BYTE byte;

    cr_assert_eq(C_Login(sessions[0], CKU_SO, so_pin, 4), CKR_OK);
    cr_assert_eq(state_of(sessions[1]), CKS_RW_SO_FUNCTIONS);
    cr_assert_eq(toy_count_logins(0), 1);
    cr_assert_eq(C_Logout(sessions[1]), CKR_OK);
    for (size_t i = 0; i < N_SESSIONS; i++)
        cr_assert_eq(C_GenerateRandom(sessions[i], &byte, 1), CKR_OK);
    cr_assert_eq(toy_count_logins(0), 0);
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
    sign_in_all();
}

/* -- Mode none: the same ----------------------------------------------------
 */

Test(login_scope_none, one_login_serves_all_sessions)
{
    check_refused_in_all();
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    cr_assert_eq(toy_count_logins(0), (size_t)N_SESSIONS);
    cr_assert_eq(login(sessions[1], pin), CKR_USER_ALREADY_LOGGED_IN);
    cr_assert_eq(login(sessions[1], wrong_pin), CKR_PIN_INCORRECT);
}

Test(login_scope_none, one_logout_ends_all)
{
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    sign_in_all();
    cr_assert_eq(C_Logout(sessions[2]), CKR_OK);
    check_refused_in_all();
    cr_assert_eq(toy_count_logins(0), 0, "each has followed");
    cr_assert_eq(login(sessions[1], pin), CKR_OK);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
    sign_in_all();
}

Test(login_scope_none, the_last_close_logs_out)
{
    cr_assert_eq(login(sessions[0], pin), CKR_OK);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    for (size_t i = 0; i < N_SESSIONS; i++)
        sessions[i] = router_session(1);
    key = router_find_key(sessions[0], CKO_PRIVATE_KEY, 7);
    check_refused_in_all();
}
