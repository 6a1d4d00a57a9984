/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs and logins of a group whose members fail, or have PINs of their own
 * (R6.21, R6.22, R7.11). */
#include "router/member-probe.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_UTF8CHAR pin[] = "1234", new_pin[] = "9999";

static struct config *
make_config(void)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = config_pool_default;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < 2; i++) {
        toys[i].pin = "1234";
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 7 + i);
    }
    return config;
}

static void
start(void)
{
    router_start(make_config());
    session = router_session(1);
}

static void
finish(void)
{
    C_CloseAllSessions(1);
    C_Finalize(NULL);
}

TestSuite(group_pin, .init = start, .fini = finish);

static unsigned long
count_on(unsigned member, enum function function)
{
    return toy_count(TOY_SLOT(member), function);
}

static CK_RV
log_in(void)
{
    return C_Login(session, CKU_USER, pin, 4);
}

/* Every member has a part in it. */
static size_t
count_objects(void)
{
    CK_OBJECT_HANDLE objects[8];

    return router_find_all(session, objects, 8);
}

static void
log_in_everywhere(void)
{
    cr_assert_eq(log_in(), CKR_OK);
    cr_assert_eq(count_objects(), 2);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toys[1].user, CKU_USER);
}

/* -- Logging out ------------------------------------------------------------
 */

static CK_STATE
state(void)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

/* R7.14: and is logged out there when it is back. */
static void
check_logout_that_loses(unsigned member)
{
    struct member *lost = &router_token(1)->members[member];

    log_in_everywhere();
    toy_fail(TOY_SLOT(member), FUNCTION_C_Logout, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(state(), CKS_RW_PUBLIC_SESSION);
    cr_expect_eq(toys[1 - member].user, LOGIN_NOBODY);
    cr_expect_not(member_is_usable(lost));
    cr_expect(member_mend(lost));
    cr_expect_eq(toys[member].user, LOGIN_NOBODY);
}

Test(group_pin, of_a_member_that_is_lost_at_the_logout_is_let_go_later)
{
    check_logout_that_loses(1);
}

Test(group_pin, of_the_first_that_is_lost_at_the_logout_is_let_go_later)
{
    check_logout_that_loses(0);
}

Test(group_pin, is_in_force_where_a_member_that_is_well_refuses_the_logout)
{
    log_in_everywhere();
    toy_fail(TOY_SLOT(1), FUNCTION_C_Logout, CKR_FUNCTION_FAILED, 1);
    cr_expect_eq(C_Logout(session), CKR_FUNCTION_FAILED);
    cr_expect_eq(state(), CKS_RW_USER_FUNCTIONS);
}

/* -- Changing ---------------------------------------------------------------
 */

/* The second member takes no new PIN, and the first one not the old one
 * again. */
static bool
refuse(enum function function, CK_SLOT_ID slot, struct argument *arguments,
       CK_RV *rv)
{
    if (function != FUNCTION_C_SetPIN)
        return false;
    *rv = slot == TOY_SLOT(0) && memcmp(arguments[1].pointer, pin, 4) == 0
              ? CKR_OK
              : CKR_PIN_LEN_RANGE;
    return true;
}

/* The login is there all the same, and ends with the others'. */
Test(group_pin, that_is_not_the_others_leaves_no_login_behind)
{
    log_in_everywhere();
    toy_set_hook(refuse);
    cr_expect_eq(C_SetPIN(session, pin, 4, new_pin, 4), CKR_PIN_LEN_RANGE);
    cr_assert(atomic_load(&router_token(1)->members[0].is_left_out));
    cr_expect_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(toys[0].user, LOGIN_NOBODY);
    cr_expect_eq(toys[1].user, LOGIN_NOBODY);
}

/* No other member is shown what is meant for the first one. */
Test(group_pin, is_not_changed_where_the_first_member_cannot_be_asked)
{
    C_CloseSession(session);
    router_rotate(1);
    session = router_session(1);
    toy_fail(TOY_SLOT(0), FUNCTION_C_OpenSession, CKR_DEVICE_ERROR, 9);
    cr_expect_neq(C_SetPIN(session, pin, 4, new_pin, 4), CKR_OK);
    cr_expect_geq(count_on(0, FUNCTION_C_OpenSession), 2);
    cr_expect_eq(count_on(0, FUNCTION_C_SetPIN), 0);
    cr_expect_eq(count_on(1, FUNCTION_C_SetPIN), 0);
}

/* -- Of one member alone ----------------------------------------------------
 */

static void
start_own(void)
{
    struct config *config = make_config();
    struct config_pin *source = &config->tokens[0].members[0].pin;

    source->kind = PIN_FILE;
    source->text = strdup(fixture_write("pin", 0600, "%s", "own\n"));
    toys[0].pin = "own";
    router_start(config);
    session = router_session(1);
}

TestSuite(group_pin_own, .init = start_own, .fini = finish);

/* R7.11: where the first one has logged in with it, too. */
Test(group_pin_own, is_shown_to_no_other_member)
{
    log_in_everywhere();
    cr_expect_eq(log_in(), CKR_USER_ALREADY_LOGGED_IN);
    toys[1].user = LOGIN_NOBODY;
    (void)member_reconnect(&router_token(1)->members[1]);
    cr_expect_eq(count_objects(), 2);
    cr_expect_eq(toys[1].user, CKU_USER);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 2);
}
