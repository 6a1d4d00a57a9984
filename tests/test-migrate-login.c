/* SPDX-License-Identifier: BSD-3-Clause */
/* A token in mode "migrate": whose PIN the application knows (R9.8), and who
 * has to be there for a login (R9.7). */
#include "router/control.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_UTF8CHAR pin[] = "1234", old_pin[] = "5678", so_pin[] = "87654321",
                   new_pin[] = "9999";

/* With a PIN of its own where `pin_file` is one. */
static struct config *
make_config(const char *pin_file)
{
    struct config *config = migrate_config();
    struct config_member *old = &config->tokens[0].members[MIGRATE_OLD];

    toys[0].so_pin = toys[1].so_pin = "87654321";
    if (pin_file != NULL) {
        toys[1].pin = "5678";
        old->pin =
            (struct config_pin){ .kind = PIN_FILE, .text = strdup(pin_file) };
    }
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 2);
    return config;
}

static void
start(void)
{
    router_start(make_config(NULL));
    session = router_session(1);
}

static void
start_with_own(void)
{
    router_start(make_config(fixture_write("old.pin", 0600, "5678\n")));
    session = router_session(1);
}

TestSuite(migrate_login, .init = start, .fini = pool_finish, .timeout = 30);
TestSuite(migrate_login_own, .init = start_with_own, .fini = pool_finish,
          .timeout = 30);

static CK_RV
log_in(CK_USER_TYPE user, CK_UTF8CHAR *with)
{
    return C_Login(session, user, with, strlen((const char *)with));
}

static size_t
count_objects(void)
{
    CK_OBJECT_HANDLE all[8];

    return router_find_all(session, all, 8);
}

static unsigned long
count_on(unsigned member, enum function function)
{
    return toy_count(TOY_SLOT(member), function);
}

/* -- Who has to be there (R9.7) ----------------------------------------------
 */

Test(migrate_login, needs_the_old_member)
{
    router_lose(1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_DEVICE_REMOVED);
    cr_expect_eq(count_on(0, FUNCTION_C_Login), 0);
    migrate_return(1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
}

Test(migrate_login, does_without_an_old_member_that_was_drained)
{
    (void)paused_command_member(CONTROL_DRAIN, MIGRATE_OLD);
    router_lose(1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
}

Test(migrate_login, does_without_the_old_member_when_it_is_finished)
{
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    router_lose(1);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
}

/* What is on the other one goes on. */
Test(migrate_login, stays_while_the_old_member_is_lost)
{
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_objects(), 2);
    router_lose(1);
    cr_expect_eq(count_objects(), 1);
}

/* -- Whose PIN it is (R9.8) --------------------------------------------------
 */

Test(migrate_login, is_the_new_members_also_after_a_rollback)
{
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    cr_expect_eq(log_in(CKU_USER, new_pin), CKR_PIN_INCORRECT);
    cr_expect_eq(toys[0].n_wrong_pins, 1);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 0);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_objects(), 2, "the old one has the same PIN");
}

Test(migrate_login_own, is_never_shown_to_an_old_member_with_its_own)
{
    cr_expect_eq(log_in(CKU_USER, old_pin), CKR_PIN_INCORRECT);
    cr_expect_eq(toys[1].n_wrong_pins, 0);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 0);
    cr_expect_eq(log_in(CKU_USER, pin), CKR_OK);
    cr_expect_eq(count_objects(), 2);
    cr_expect_eq(toys[1].n_wrong_pins, 0);
    cr_expect_eq(toys[1].user, CKU_USER);
}

Test(migrate_login, of_the_so_is_the_new_members)
{
    cr_expect_eq(log_in(CKU_SO, so_pin), CKR_OK);
    cr_expect_eq(toys[0].user, CKU_SO);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 0);
}

Test(migrate_login, of_the_so_is_nobody_elses_while_the_new_member_is_away)
{
    router_lose(0);
    cr_expect_eq(log_in(CKU_SO, so_pin), CKR_DEVICE_REMOVED);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 0);
}

Test(migrate_login, of_the_so_is_nobody_elses_when_the_new_member_goes_at_it)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_Login, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(log_in(CKU_SO, so_pin), CKR_DEVICE_REMOVED);
    cr_expect_eq(count_on(0, FUNCTION_C_Login), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_Login), 0);
}

/* -- Changing PINs (R9.8) ----------------------------------------------------
 */

static bool
accept_pins(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    *rv = CKR_OK;
    return function == FUNCTION_C_InitPIN || function == FUNCTION_C_SetPIN;
}

Test(migrate_login_own, a_new_pin_is_set_on_the_new_member_alone)
{
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    toy_set_hook(accept_pins);
    cr_expect_eq(C_SetPIN(session, pin, 4, new_pin, 4), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_SetPIN), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_SetPIN), 0);
}

/* R6.21 */
Test(migrate_login, a_new_pin_is_set_on_both_where_they_have_one)
{
    cr_assert_eq(log_in(CKU_USER, pin), CKR_OK);
    toy_set_hook(accept_pins);
    cr_expect_eq(C_SetPIN(session, pin, 4, new_pin, 4), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_SetPIN), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_SetPIN), 1);
}

/* Which is shown to the old one by each process that logs in. */
Test(migrate_login, the_so_sets_no_pin_that_the_old_member_has_not)
{
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_OK);
    toy_set_hook(accept_pins);
    cr_expect_eq(C_InitPIN(session, new_pin, 4), CKR_FUNCTION_FAILED);
    cr_expect_eq(count_on(0, FUNCTION_C_InitPIN), 0);
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    cr_expect_eq(C_InitPIN(session, new_pin, 4), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_InitPIN), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_InitPIN), 0);
}

Test(migrate_login_own, the_so_sets_a_pin_on_the_new_member_alone)
{
    cr_assert_eq(log_in(CKU_SO, so_pin), CKR_OK);
    toy_set_hook(accept_pins);
    cr_expect_eq(C_InitPIN(session, new_pin, 4), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_InitPIN), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_InitPIN), 0);
}

Test(migrate_login, neither_member_is_initialised)
{
    CK_UTF8CHAR label[32] = { 'x' };

    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_expect_eq(C_InitToken(1, so_pin, 8, label), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(count_on(0, FUNCTION_C_InitToken), 0);
    cr_expect_eq(count_on(1, FUNCTION_C_InitToken), 0);
}
