/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose PIN is compared with whose, where the user is logged in by himself or
 * members have PINs of their own (DESIGN 4, R7.11). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_UTF8CHAR pin[] = "1234", wrong[] = "4321", so_pin[] = "87654321",
                   other_pin[] = "2222";

static void
set_pin(struct config_pin *source, const char *name, const char *text)
{
    source->kind = PIN_FILE;
    source->text = strdup(fixture_write(name, 0600, "%s", text));
}

static void
setup(void)
{
    struct config *config = router_config();

    router_config_token(config, "one", "A", NULL);
    config->tokens[0].pool = config_pool_default;
    config->tokens[0].auto_login = true;
    set_pin(&config->tokens[0].pin, "pin", "1234\n");
    toys[0].pin = "1234";
    toys[0].so_pin = "87654321";
    router_start(config);
    session = router_session(1);
}

static void
finish(void)
{
    C_CloseAllSessions(1);
    C_Finalize(NULL);
}

TestSuite(login_automatic, .init = setup, .fini = finish, .timeout = 60);

static CK_RV
log_in(CK_USER_TYPE type, CK_UTF8CHAR *with)
{
    return C_Login(session, type, with, strlen((const char *)with));
}

Test(login_automatic, the_sos_pin_is_not_the_users)
{
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_OK);
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_USER_ALREADY_LOGGED_IN);
    cr_assert_eq(log_in(CKU_SO, pin), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
}

/* The user is not back yet, or just now, when the application says who it is:
 * its PIN is looked at all the same. */
Test(login_automatic, the_pin_is_looked_at_after_the_so)
{
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_USER_ALREADY_LOGGED_IN);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    cr_assert_eq(toys[0].user, CKU_USER);
}

Test(login_automatic, the_user_stays_when_the_so_does_not_come)
{
    CK_SESSION_INFO info;
    CK_BYTE byte;

    cr_assert_eq(log_in(CKU_SO, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(info.state, CKS_RW_USER_FUNCTIONS);
    cr_assert_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
}

/* -- A member with a PIN of its own ---------------------------------------- */

static void
setup_group(void)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = config_pool_default;
    set_pin(&config->tokens[0].members[1].pin, "its-pin", "2222\n");
    toy_show(1, "B");
    toys[0].pin = "1234";
    toys[1].pin = "2222";
    router_start(config);
    session = router_session(1);
}

TestSuite(login_member, .init = setup_group, .fini = finish, .timeout = 60);

Test(login_member, its_own_pin_is_not_the_applications)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    (void)router_find_all(session, &object, 1);
    cr_assert_eq(toys[1].user, CKU_USER);
    cr_assert_eq(log_in(CKU_USER, other_pin), CKR_PIN_INCORRECT);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_USER_ALREADY_LOGGED_IN);
}

/* The PIN of one must not be tried on the other. */
Test(login_member, each_is_logged_in_again_with_its_own)
{
    CK_OBJECT_HANDLE object;

    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    (void)router_find_all(session, &object, 1);
    toy_sessions_end(0);
    toy_sessions_end(1);
    toy_forget_calls();
    (void)C_FindObjectsInit(session, NULL, 0);
    (void)C_FindObjectsFinal(session);
    (void)router_find_all(session, &object, 1);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toys[1].user, CKU_USER);
    cr_assert_eq(toy_count(TOY_SLOT(0), FUNCTION_C_Login), 1);
    cr_assert_eq(toy_count(TOY_SLOT(1), FUNCTION_C_Login), 1);
}
