/* SPDX-License-Identifier: BSD-3-Clause */
/* When an object that moves is used on its new member (R9.2), and that it is
 * not before its copy was proven. */
#include "router/control.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static CK_OBJECT_HANDLE key, of_old;

/* Key 1 is on the old one alone. */
static void
start(void)
{
    struct config *config = migrate_config();

    router_clock_stop();
    of_old = migrate_add(MIGRATE_OLD, 1);
    migrate_start(config);
    key = migrate_find(1);
    migrate_look_now();
    if (migrate_signer(key, 1) != MIGRATE_OLD)
        fixture_fail("it is on the new one");
}

/* What a thread has open for a moment is closed by itself. */
static void
finish(void)
{
    (void)C_CloseAllSessions(1);
    while (toy_count_sessions(0) != 0)
        (void)sched_yield();
    pool_finish();
}

TestSuite(migrate_look, .init = start, .fini = finish, .timeout = 30);

static unsigned
count_objects(void)
{
    CK_OBJECT_HANDLE all[8];

    return (unsigned)router_find_all(migrate_session, all, 8);
}

/* -- Looking again ----------------------------------------------------------
 */

Test(migrate_look, once_it_was_said_that_something_has_moved)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    cr_expect_eq(migrate_find(1), key, "the handle is the same");
}

/* A call waits for it, and the old one is as good until then. */
Test(migrate_look, without_reading_other_keys_there)
{
    unsigned long before;

    for (CK_ULONG i = 2; i < 6; i++)
        (void)migrate_add(MIGRATE_NEW, i);
    migrate_tell();
    before = toy_count(TOY_SLOT(0), FUNCTION_C_GetAttributeValue);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_GetAttributeValue), before);
}

Test(migrate_look, by_a_thread_that_sees_the_page)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)paused_write(CONTROL_MOVED, "two");
    while (migrate_signer(key, 1) != MIGRATE_NEW)
        (void)sched_yield();
}

/* SoftHSM reads each object that others have made within the first search after
 * that, which no call is to wait for. */
Test(migrate_look, when_its_module_has_read_what_is_new)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    toy_hold(TOY_SLOT(0), FUNCTION_C_FindObjectsInit);
    (void)paused_write(CONTROL_MOVED, "two");
    toy_wait_for_held();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD, "it does not wait");
    toy_release();
    migrate_look_now();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* Else a device that hangs would keep its objects on the old one. */
Test(migrate_look, in_any_case_when_that_takes_too_long)
{
    const struct member *new = &router_token(1)->members[MIGRATE_NEW];

    (void)migrate_add(MIGRATE_NEW, 1);
    toy_hold(TOY_SLOT(0), FUNCTION_C_FindObjectsInit);
    (void)paused_write(CONTROL_MOVED, "two");
    toy_wait_for_held();
    router_clock_move(4000);
    control_look_now();
    cr_expect_not(migration_is_behind(new));
    toy_release();
}

static CK_SESSION_HANDLE before; /* of the life before */
static atomic_bool is_closed;

static bool
note_close(enum function function, CK_SLOT_ID slot, struct argument *arguments,
           CK_RV *rv)
{
    (void)slot, (void)rv;
    if (function == FUNCTION_C_CloseSession && arguments[0].number == before)
        atomic_store(&is_closed, true);
    return false;
}

Test(migrate_look, in_no_session_of_another_life)
{
    struct member *new = &router_token(1)->members[MIGRATE_NEW];

    toy_hold(TOY_SLOT(0), FUNCTION_C_FindObjectsInit);
    (void)paused_write(CONTROL_MOVED, "two");
    toy_wait_for_held();
    before = toy_last(FUNCTION_C_FindObjectsInit).session;
    toy_sessions_end(0);
    member_begin_life(new);
    toy_set_hook(note_close);
    toy_release();
    migrate_look_now();
    cr_expect_not(atomic_load(&is_closed));
}

Test(migrate_look, with_the_next_login)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    cr_assert_eq(C_Logout(migrate_session), CKR_OK);
    migrate_log_in();
    key = migrate_find(1);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

Test(migrate_look, after_a_few_seconds_in_any_case)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    router_clock_move(2000);
    migrate_look_now();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    router_clock_move(2000);
    migrate_look_now();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

Test(migrate_look, is_done_once_and_not_by_each_call)
{
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    toy_forget_calls();
    for (int i = 0; i < 5; i++)
        cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_FindObjectsInit), 0);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SignInit), 0);
}

Test(migrate_look, a_search_finds_it_under_the_same_handle)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    cr_expect_eq(migrate_find(1), key);
    cr_expect_eq(count_objects(), 1);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* What the old member does not show under this template. */
Test(migrate_look, a_search_that_only_the_new_one_answers_gives_the_same_handle)
{
    CK_OBJECT_HANDLE copy = migrate_add(MIGRATE_NEW, 1), found;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_WRAP_WITH_TRUSTED, &yes, sizeof(yes) };
    CK_ULONG count;

    toy_set_flag(toy_object(0, copy), CKA_WRAP_WITH_TRUSTED, true);
    cr_assert_eq(C_FindObjectsInit(migrate_session, &template, 1), CKR_OK);
    cr_assert_eq(C_FindObjects(migrate_session, &found, 1, &count), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(migrate_session), CKR_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(found, key);
}

/* R7.8 */
Test(migrate_look, another_key_under_its_id_is_not_it)
{
    CK_OBJECT_HANDLE other = migrate_add(MIGRATE_NEW, 2);
    CK_BYTE id[] = { 0, 1 };

    toy_set(toy_object(0, other), CKA_ID, id, sizeof(id));
    toy_set(toy_object(0, other), CKA_LABEL, id, sizeof(id));
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(count_objects(), 2);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
}

/* R9.2 */
Test(migrate_look, an_operation_that_has_begun_ends_where_it_is)
{
    CK_ULONG length = sizeof(struct toy_result);
    struct toy_result result;

    cr_assert_eq(router_sign_init(migrate_session, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(migrate_session, (CK_BYTE[]){ 1 }, 1), CKR_OK);
    (void)migrate_add(MIGRATE_NEW, 1);
    migrate_tell();
    cr_expect_eq(count_objects(), 1);
    cr_assert_eq(C_SignUpdate(migrate_session, (CK_BYTE[]){ 2 }, 1), CKR_OK);
    cr_assert_eq(C_SignFinal(migrate_session, (CK_BYTE *)&result, &length),
                 CKR_OK);
    cr_expect(pool_is_result(&result, 1, (CK_BYTE[]){ 1, 2 }, 2));
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

/* The tool takes a copy back, or somebody else destroys it. */
Test(migrate_look, a_copy_that_is_gone_leaves_the_old_one)
{
    CK_OBJECT_HANDLE copy = migrate_add(MIGRATE_NEW, 1);

    migrate_tell();
    cr_assert_eq(migrate_signer(key, 1), MIGRATE_NEW);
    toy_object(0, copy)->number = 0;
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(migrate_find(1), key);
}

Test(migrate_look, nobody_looks_on_a_member_that_is_away)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    router_lose(0);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
}

/* -- What is not proven ------------------------------------------------------
 */

static char *unproven;

static CK_OBJECT_HANDLE
begin_copy(void)
{
    unproven = migrate_begin_copy(key);
    return migrate_add(MIGRATE_NEW, 1);
}

static void
end_copy(void)
{
    cr_assert_eq(unlink(unproven), 0);
    migrate_tell();
}

Test(migrate_look, nothing_is_used_before_it_was_proven)
{
    (void)begin_copy();
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    end_copy();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    free(unproven);
}

Test(migrate_look, a_search_shows_what_was_not_proven_once_and_on_the_old_one)
{
    (void)begin_copy();
    cr_expect_eq(count_objects(), 1);
    cr_expect_eq(migrate_find(1), key);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    end_copy();
    cr_expect_eq(migrate_find(1), key);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    free(unproven);
}

/* It is not known again as long as its public half is not there. */
Test(migrate_look, a_copy_that_does_not_tell_what_it_is_is_not_shown)
{
    (void)begin_copy();
    toy_set(toy_object(0, toy_add_key(0, CKO_PRIVATE_KEY, 1)), CKA_MODULUS, "",
            0);
    cr_expect_eq(count_objects(), 1);
    end_copy();
    free(unproven);
}

Test(migrate_look, what_is_on_the_new_one_alone_is_not_kept_back)
{
    (void)migrate_add(MIGRATE_NEW, 2);
    (void)begin_copy();
    cr_expect_eq(migrate_signer(migrate_find(2), 2), MIGRATE_NEW);
    free(unproven);
}

Test(migrate_look, copies_that_go_elsewhere_keep_nothing_back)
{
    static char match[] = "pkcs11:token=another";
    static const struct config_member another = { .match = { .uri = match } };

    (void)begin_copy();
    router_token(1)->members[MIGRATE_NEW].rule = &another;
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    free(unproven);
}

/* Where nobody knows what was proven, what the old one has is used there. */
Test(migrate_look, what_cannot_be_read_keeps_twins_on_the_old_one)
{
    (void)fixture_write("transfers", 0600, "no folder");
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_NEW, 2);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(count_objects(), 2);
    cr_expect_eq(migrate_find(1), key);
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    cr_expect_eq(migrate_signer(migrate_find(2), 2), MIGRATE_NEW);
    cr_assert_eq(unlink(fixture_path("transfers")), 0);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
}

Test(migrate_look, half_a_file_keeps_twins_on_the_old_one)
{
    (void)begin_copy();
    cr_assert_eq(truncate(unproven, 50), 0);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_OLD);
    end_copy();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    free(unproven);
}

/* What has lost its place on the old one is nowhere, not there. */
Test(migrate_look, nothing_is_used_before_it_was_proven_though_the_old_is_gone)
{
    (void)begin_copy();
    toy_object(1, of_old)->number = 0;
    object_space_doubt(router_token(1)->objects, key);
    for (int i = 0; i < 4; i++)
        cr_expect_neq(router_sign_init(migrate_session, key), CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SignInit), 0);
    free(unproven);
}

Test(migrate_look, what_cannot_be_read_keeps_nothing_back_when_it_is_finished)
{
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)fixture_write("transfers", 0600, "no folder");
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    cr_expect_eq(migrate_signer(key, 1), MIGRATE_NEW);
    cr_expect_eq(migrate_find(1), key);
}
