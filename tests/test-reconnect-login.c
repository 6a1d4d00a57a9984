/* SPDX-License-Identifier: BSD-3-Clause */
/* A token that is logged in by itself goes away and comes back (auto_login). */
#include "tests/reconnect-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_UTF8CHAR pin[] = "right";

static void
write_pin(const char *text)
{
    fixture_setenv("P11MUX_TEST_PIN", "%s", text);
}

static void
setup(void)
{
    struct config *config = reconnect_config(POOL_OPERATION);

    write_pin("right");
    config->tokens[0].auto_login = true;
    config->tokens[0].pin.kind = PIN_VARIABLE;
    config->tokens[0].pin.text = strdup("P11MUX_TEST_PIN");
    toys[0].pin = "right";
    reconnect_start_with(config);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
}

static void
finish(void)
{
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(reconnect_login, .init = setup, .fini = finish, .timeout = 60);

static CK_STATE
state(void)
{
    CK_SESSION_INFO info = { .state = CKS_RO_PUBLIC_SESSION };

    cr_assert_eq(C_GetSessionInfo(reconnect_session, &info), CKR_OK);
    return info.state;
}

static void
go_and_return(void)
{
    reconnect_lose();
    cr_assert_eq(reconnect_sign(), CKR_DEVICE_REMOVED);
    toy_forget_calls();
    reconnect_return();
}

Test(reconnect_login, the_user_is_there_again)
{
    go_and_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
    cr_assert_eq(state(), CKS_RW_USER_FUNCTIONS);
}

/* Nobody notices anything where nobody called meanwhile. */
Test(reconnect_login, the_user_is_there_after_a_reboot)
{
    for (int i = 0; i < 5; i++) {
        reconnect_reboot();
        cr_assert_eq(reconnect_sign(), CKR_OK, "round %d", i);
        cr_assert_eq(toys[0].user, CKU_USER);
    }
}

/* What the application has said of itself still holds. */
Test(reconnect_login, a_claim_survives)
{
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5), CKR_OK);
    go_and_return();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(C_Login(reconnect_session, CKU_USER, pin, 5),
                 CKR_USER_ALREADY_LOGGED_IN);
    cr_assert_eq(C_Logout(reconnect_session), CKR_OK);
    cr_assert_eq(reconnect_sign(), CKR_OK);
}

/* The PIN was changed while the device was away, and its source with it. */
Test(reconnect_login, the_source_is_read_anew)
{
    toys[0].pin = "fresh";
    write_pin("fresh");
    go_and_return();
    (void)reconnect_sign();
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_leq(toy_count(TOY_ANY, FUNCTION_C_Login), 2, "R7.13");
}

/* One wrong try, and no more until the source has another one. */
Test(reconnect_login, a_source_that_is_wrong_is_tried_once)
{
    toys[0].pin = "fresh";
    go_and_return();
    for (int i = 0; i < 10; i++)
        (void)reconnect_sign();
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Login), 1);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    write_pin("fresh");
    toy_fail(TOY_ANY, FUNCTION_C_SignInit, CKR_USER_NOT_LOGGED_IN, 1);
    cr_assert_eq(reconnect_sign(), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
}
