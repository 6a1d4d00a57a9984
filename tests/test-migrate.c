/* SPDX-License-Identifier: BSD-3-Clause */
/* A token in mode "migrate": who is asked in which phase, and where things are
 * made. */
#include "router/control.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <unistd.h>

static CK_OBJECT_HANDLE of_both, of_new, of_old;

/* Key 1 is on both, 2 on the new one, 3 on the old one. */
static void
start(void)
{
    struct config *config = migrate_config();

    for (CK_ULONG number = 1; number <= 3; number++) {
        if (number != 3)
            (void)migrate_add(MIGRATE_NEW, number);
        if (number != 2)
            (void)migrate_add(MIGRATE_OLD, number);
    }
    migrate_start(config);
    of_both = migrate_find(1);
    of_new = migrate_find(2);
    of_old = migrate_find(3);
}

static CK_RV
create(CK_BBOOL is_token)
{
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &private_key, sizeof(private_key) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
    };
    CK_OBJECT_HANDLE object;

    return C_CreateObject(migrate_session, template, 2, &object);
}

TestSuite(migrate, .init = start, .fini = pool_finish, .timeout = 30);

/* R9.2 */
Test(migrate, an_object_is_used_on_the_new_member_and_else_on_the_old_one)
{
    CK_OBJECT_HANDLE all[8];

    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
    cr_expect_eq(migrate_signer(of_new, 2), MIGRATE_NEW);
    cr_expect_eq(migrate_signer(of_old, 3), MIGRATE_OLD);
    cr_expect_eq(router_find_all(migrate_session, all, 8), 3);
}

/* R9.3 */
Test(migrate, what_is_made_is_on_the_new_member)
{
    cr_expect_eq(create(CK_TRUE), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 3);
    cr_expect_eq(toy_count_objects(1), 2);
}

/* R9.3 */
Test(migrate, nothing_that_stays_is_made_while_the_new_member_is_away)
{
    router_lose(0);
    cr_expect_eq(create(CK_TRUE), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(create(CK_FALSE), CKR_OK);
    cr_expect_eq(toy_count_objects(1), 3, "the session object");
}

/* R9.11: what is on the new one alone is used there all the same. */
Test(migrate, after_a_rollback_the_old_member_comes_first)
{
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW, "nobody has said so");
    migrate_tell();
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_OLD);
    cr_expect_eq(migrate_signer(of_new, 2), MIGRATE_NEW);
    cr_expect_eq(migrate_signer(of_old, 3), MIGRATE_OLD);
    cr_expect_eq(create(CK_TRUE), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 3, "made on the new one");
    migrate_write_phase(MIGRATION_MOVING);
    migrate_tell();
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

Test(migrate, a_phase_that_could_not_be_read_is_read_again)
{
    router_clock_stop();
    (void)fixture_write("migrations", 0600, "no folder");
    migrate_tell();
    cr_assert_eq(unlink(fixture_path("migrations")), 0);
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_look_now();
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW, "not in each call");
    router_clock_move(3500);
    migrate_look_now();
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_OLD);
}

Test(migrate, its_thread_sees_another_phase)
{
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    (void)paused_write(CONTROL_MOVED, "two");
    while (migrate_signer(of_both, 1) != MIGRATE_OLD)
        (void)sched_yield();
}

Test(migrate, a_process_that_starts_later_knows_the_phase)
{
    struct config *config;

    migrate_write_phase(MIGRATION_ROLLED_BACK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    config = migrate_config();
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 1);
    migrate_start(config);
    cr_expect_eq(migrate_signer(migrate_find(1), 1), MIGRATE_OLD);
}

Test(migrate, an_operation_stays_where_it_began)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(migrate_session, of_both), CKR_OK);
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    cr_assert_eq(router_sign(migrate_session, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

Test(migrate, when_it_is_finished_the_old_member_is_not_asked)
{
    CK_OBJECT_HANDLE all[8];

    cr_assert_eq(migrate_signer(of_old, 3), MIGRATE_OLD);
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    /* Not while a thread opens a session of the new one, with the token's
     * turn. */
    while (toy_count_sessions(1) != 0)
        migrate_look_now();
    toy_forget_calls();
    cr_expect_eq(router_find_all(migrate_session, all, 8), 2);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
    cr_expect_eq(router_sign_init(migrate_session, of_old), CKR_DEVICE_REMOVED);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_OpenSession), 0);
}

Test(migrate, once_finished_a_process_that_starts_opens_nothing_on_the_old_one)
{
    struct config *config;

    migrate_write_phase(MIGRATION_FINISHED);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    config = migrate_config();
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 1);
    migrate_start(config);
    cr_expect_eq(migrate_signer(migrate_find(1), 1), MIGRATE_NEW);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_OpenSession), 0);
}

/* Who comes first is the phase's to say. */
Test(migrate, nobody_is_promoted)
{
    (void)paused_command_member(CONTROL_PROMOTE, MIGRATE_OLD);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

/* R9.12 */
Test(migrate, where_the_new_member_is_lost_its_twin_answers)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_OLD);
}
