/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is logged in on which member of a group (R7.11 to R7.14, R6.21). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_UTF8CHAR pin[] = "1234", wrong[] = "4321", so_pin[] = "87654321",
                   new_pin[] = "9999";

/* In each pool mode: the login is the group's, not a session's. */
static void
start(enum config_pool_mode mode)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = config_pool_default;
    config->tokens[0].pool.mode = mode;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < 2; i++) {
        toys[i].pin = "1234";
        toys[i].so_pin = "87654321";
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 7);
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 8 + i);
    }
    router_start(config);
    session = router_session(1);
}

static void
start_operation(void)
{
    start(POOL_OPERATION);
}

static void
start_none(void)
{
    start(POOL_NONE);
}

static void
finish(void)
{
    C_CloseAllSessions(1);
    C_Finalize(NULL);
}

TestSuite(group_login, .init = start_operation, .fini = finish);
TestSuite(group_login_none, .init = start_none, .fini = finish);

static CK_RV
log_in(CK_USER_TYPE user, CK_UTF8CHAR *with)
{
    return C_Login(session, user, with, strlen((const char *)with));
}

static unsigned long
count_logins(unsigned member)
{
    return toy_count(TOY_SLOT(member), FUNCTION_C_Login);
}

/* Every member has a part in it. */
static size_t
count_objects(void)
{
    CK_OBJECT_HANDLE objects[8];

    return router_find_all(session, objects, 8);
}

static CK_STATE
state(void)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static void
check_follows(void)
{
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_logins(0), 1);
    cr_expect_eq(count_logins(1), 0, "it is not needed yet");
    cr_expect_eq(count_objects(), 3);
    cr_expect_eq(toys[0].user, CKU_USER);
    cr_expect_eq(toys[1].user, CKU_USER);
    cr_expect_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_USER_ALREADY_LOGGED_IN);
    cr_expect_eq(count_logins(0), 1);
    cr_expect_eq(count_logins(1), 1);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(toys[0].user, LOGIN_NOBODY);
    cr_expect_eq(toys[1].user, LOGIN_NOBODY);
}

Test(group_login, is_followed_by_each_member_where_it_is_needed)
{
    check_follows();
}

Test(group_login_none, is_followed_by_each_member_where_it_is_needed)
{
    check_follows();
}

/* R6.22. */
Test(group_login, shows_a_wrong_pin_to_one_member)
{
    cr_expect_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_expect_eq(count_logins(0), 1);
    cr_expect_eq(count_logins(1), 0);
    (void)count_objects();
    cr_expect_eq(count_logins(1), 0);
    cr_expect_eq(state(), CKS_RW_PUBLIC_SESSION);
}

/* R7.11: the member is left out, and the PIN not tried again on it. */
static void
check_desync(void)
{
    toys[1].pin = "other";
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
        cr_expect_eq(count_objects(), 2, "those of the first");
        cr_expect_eq(count_objects(), 2);
        cr_expect_eq(state(), CKS_RW_USER_FUNCTIONS);
        cr_expect_eq(count_logins(1), 1);
        cr_assert_eq(C_Logout(session), CKR_OK);
    }
    /* The operator has put it right, and says so. */
    toys[1].pin = "1234";
    member_reconnect(&router_token(1)->members[1]);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_objects(), 3);
}

Test(group_login, leaves_a_member_out_that_has_another_pin)
{
    check_desync();
}

Test(group_login_none, leaves_a_member_out_that_has_another_pin)
{
    check_desync();
}

/* R7.14. */
Test(group_login, is_lost_where_no_member_takes_the_pin)
{
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    router_lose(0);
    toys[1].pin = "other";
    (void)count_objects();
    cr_expect_eq(state(), CKS_RW_PUBLIC_SESSION);
    cr_expect_eq(count_logins(1), 1);
}

/* It has refused no PIN (7.3). */
Test(group_login, goes_on_with_a_member_that_is_lost_meanwhile)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_Login, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_logins(1), 1);
    cr_expect_eq(toys[1].user, CKU_USER);
    cr_expect_eq(count_objects(), 2);
}

static void
set_own_pin(struct config *config, unsigned member, const char *text)
{
    struct config_pin *source = &config->tokens[0].members[member].pin;

    source->kind = PIN_FILE;
    source->text =
        strdup(fixture_write(fixture_text("pin%u", member), 0600, "%s", text));
}

/* The second one has a PIN of its own. */
static void
start_own(bool has_token_pin)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = config_pool_default;
    set_own_pin(config, 1, "own\n");
    if (has_token_pin) {
        config->tokens[0].pin.kind = PIN_FILE;
        config->tokens[0].pin.text =
            strdup(fixture_write("pin", 0600, "%s", "1234\n"));
    }
    (void)toy_show(1, "B");
    toys[0].pin = "1234";
    toys[1].pin = "own";
    router_start(config);
    session = router_session(1);
}

TestSuite(group_login_own, .fini = finish);

Test(group_login_own, is_never_asked_with_the_applications)
{
    start_own(false);
    router_lose(0);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_DEVICE_REMOVED);
    cr_expect_eq(count_logins(1), 0);
    router_return(0);
    atomic_store(&router_token(1)->members[0].health.state, MEMBER_UP);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_objects(), 0);
    cr_expect_eq(toys[1].user, CKU_USER);
}

/* Then p11mux knows the application's PIN, and needs no token to look at it. */
Test(group_login_own, is_used_where_the_applications_is_the_configured_one)
{
    start_own(true);
    router_lose(0);
    cr_expect_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_expect_eq(count_logins(1), 0);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(toys[1].user, CKU_USER);
    cr_expect_eq(log_in(CKU_USER, wrong), CKR_PIN_INCORRECT);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_USER_ALREADY_LOGGED_IN);
    cr_expect_eq(count_logins(1), 1);
}

Test(group_login_own, of_itself_is_on_the_members_that_take_the_pin)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = config_pool_default;
    config->tokens[0].auto_login = true;
    config->tokens[0].pin.kind = PIN_FILE;
    config->tokens[0].pin.text =
        strdup(fixture_write("pin", 0600, "%s", "1234\n"));
    (void)toy_show(1, "B");
    toys[0].pin = "other";
    toys[1].pin = "1234";
    router_start(config);
    session = router_session(1);
    cr_expect_eq(toys[1].user, CKU_USER);
    cr_expect_eq(count_logins(0), 1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_logins(0), 1);
}

/* -- The SO, and new PINs ---------------------------------------------------
 */

/* Whether the second member does it and says that something went wrong. */
static bool is_doubtful;

/* They do it where they are, as modules do. */
static bool
change(enum function function, CK_SLOT_ID slot, struct argument *arguments,
       CK_RV *rv)
{
    unsigned member = (unsigned)(slot - TOY_SLOT(0));
    bool is_set = function == FUNCTION_C_SetPIN;
    const struct argument *old, *new;

    if (function != FUNCTION_C_SetPIN && function != FUNCTION_C_InitPIN)
        return false;
    old = &arguments[1];
    new = &arguments[is_set ? 2 : 1];
    if (is_set && (strlen(toys[member].pin) != old->number ||
                   memcmp(toys[member].pin, old->pointer, old->number) != 0)) {
        *rv = CKR_PIN_INCORRECT;
        return true;
    }
    *rv = toys[member].hides_limits ? CKR_PIN_LEN_RANGE : CKR_OK;
    if (*rv == CKR_OK)
        toys[member].pin =
            fixture_text("%.*s", (int)new->number, (const char *)new->pointer);
    if (member == 1 && is_doubtful)
        *rv = CKR_GENERAL_ERROR;
    return true;
}

static CK_RV
set_pin(CK_UTF8CHAR *old, CK_UTF8CHAR *new)
{
    return C_SetPIN(session, old, strlen((const char *)old), new,
                    strlen((const char *)new));
}

static void
expect_pins(const char *first, const char *second)
{
    cr_expect_str_eq(toys[0].pin, first);
    cr_expect_str_eq(toys[1].pin, second);
}

/* R6.21. */
Test(group_login, gets_a_new_pin_on_all_members)
{
    toy_set_hook(change);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(set_pin(pin, new_pin), CKR_OK);
    expect_pins("9999", "9999");
    cr_expect_eq(log_in(CKU_USER, pin), CKR_PIN_INCORRECT);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(log_in(CKU_USER, new_pin), CKR_OK);
    cr_expect_eq(count_objects(), 3);
}

Test(group_login, gets_a_new_pin_on_all_members_whoever_is_the_first)
{
    toy_set_hook(change);
    atomic_store(&router_token(1)->first, 1);
    toys[0].hides_limits = true;
    cr_expect_eq(set_pin(pin, new_pin), CKR_PIN_LEN_RANGE);
    expect_pins("1234", "1234");
    toys[0].hides_limits = false;
    cr_expect_eq(set_pin(pin, new_pin), CKR_OK);
    expect_pins("9999", "9999");
}

Test(group_login, shows_a_wrong_old_pin_to_one_member)
{
    toy_set_hook(change);
    cr_expect_eq(set_pin(wrong, new_pin), CKR_PIN_INCORRECT);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_SetPIN), 0);
    expect_pins("1234", "1234");
}

Test(group_login, keeps_its_pin_where_one_member_does_not_take_another)
{
    toy_set_hook(change);
    toys[1].hides_limits = true;
    cr_expect_eq(set_pin(pin, new_pin), CKR_PIN_LEN_RANGE);
    expect_pins("1234", "1234");
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SetPIN), 2);
}

/* Which PIN it has by now nobody knows: the old one would be a wrong try. */
Test(group_login, shows_no_pin_to_one_that_may_have_taken_the_new_one)
{
    toy_set_hook(change);
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    is_doubtful = true;
    cr_expect_eq(set_pin(pin, new_pin), CKR_GENERAL_ERROR);
    cr_expect_str_eq(toys[0].pin, "1234");
    toy_forget_calls();
    (void)count_objects();
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_Login), 0);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_FindObjectsInit), 0);
}

Test(group_login, keeps_its_pin_while_a_member_is_away)
{
    toy_set_hook(change);
    router_lose(1);
    cr_expect_eq(set_pin(pin, new_pin), CKR_FUNCTION_FAILED);
    expect_pins("1234", "1234");
}

Test(group_login, of_the_so_is_on_all_members)
{
    toy_set_hook(change);
    cr_expect_eq(log_in(CKU_SO, wrong), CKR_PIN_INCORRECT);
    cr_expect_eq(count_logins(1), 0);
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_OK);
    cr_expect_eq(toys[0].user, CKU_SO);
    cr_expect_eq(toys[1].user, CKU_SO);
    cr_expect_eq(C_InitPIN(session, new_pin, 4), CKR_OK);
    expect_pins("9999", "9999");
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_expect_eq(toys[1].user, LOGIN_NOBODY);
    cr_expect_eq(log_in(CKU_USER, new_pin), CKR_OK);
}

Test(group_login, of_the_so_is_nowhere_where_one_member_refuses_it)
{
    toys[1].so_pin = "other";
    cr_expect_eq(log_in(CKU_SO, so_pin), CKR_PIN_INCORRECT);
    cr_expect_eq(toys[0].user, LOGIN_NOBODY);
    cr_expect_eq(toys[1].user, LOGIN_NOBODY);
    cr_expect_eq(state(), CKS_RW_PUBLIC_SESSION);
}
