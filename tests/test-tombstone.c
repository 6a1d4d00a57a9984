/* SPDX-License-Identifier: BSD-3-Clause */
/* What is buried on an old member is hidden, there alone and everywhere. */
#include "common/cleanup.h"
#include "router/control.h"
#include "router/tie.h"
#include "router/tombstone.h"
#include "tests/bury-fixture.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void
start(void)
{
    bury_begin(true);
}

TestSuite(tombstone, .init = start, .fini = pool_finish, .timeout = 30);

/* -- Everywhere --------------------------------------------------------------
 */

Test(tombstone, by_another_process_hides_it_from_a_search)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_old);

    bury_expect_counts(1, 3, 2);
    cr_expect_eq(router_sign_init(migrate_session, bury_of_old),
                 CKR_KEY_HANDLE_INVALID);
}

Test(tombstone, by_another_process_ends_a_handle_at_the_next_look)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_old);

    control_look_now();
    cr_expect_eq(router_sign_init(migrate_session, bury_of_old),
                 CKR_KEY_HANDLE_INVALID);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(migrate_signer(migrate_find(4), 4), MIGRATE_OLD);
}

/* Who has the handle goes to the new member first, which lacks it. */
Test(tombstone, by_another_process_ends_a_twins_handle_at_once)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_both);

    toys[0].objects[0].number = 0;
    cr_expect_eq(router_sign_init(migrate_session, bury_of_both),
                 CKR_KEY_HANDLE_INVALID);
    bury_expect_counts(0, 3, 2);
}

Test(tombstone, holds_after_a_rollback)
{
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    bury_expect_counts(0, 3, 2);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    bury_expect_counts(0, 3, 1);
}

Test(tombstone, holds_for_the_next_login)
{
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    cr_assert_eq(C_Logout(migrate_session), CKR_OK);
    migrate_log_in();
    bury_expect_counts(1, 3, 2);
}

Test(tombstone, is_over_when_the_tombstone_is_removed)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_old);
    struct error error = { .rv = CKR_OK };

    bury_expect_counts(1, 3, 2);
    cr_assert(tombstone_remove(path, &error));
    bury_expect_counts(1, 3, 3);
}

/* It was renamed before, which this process has not seen. */
Test(tombstone, by_another_process_under_a_name_of_its_own_hides_it)
{
    CK_OBJECT_HANDLE its = bury_of_old;
    char *path;

    bury_expect_counts(1, 3, 3);
    toy_set(&toys[1].objects[1], CKA_LABEL, "b", 1);
    path = bury_as(bury_of_old, "b");
    control_look_now();
    cr_expect_eq(router_sign_init(migrate_session, its),
                 CKR_KEY_HANDLE_INVALID);
    bury_expect_counts(1, 3, 2);
    free(path);
}

Test(tombstone, under_a_name_of_its_own_hides_it_from_a_search)
{
    CLEANUP(freep) char *path = NULL;

    toy_set(&toys[1].objects[1], CKA_LABEL, "b", 1);
    path = bury_as(bury_of_old, "b");
    bury_expect_counts(1, 3, 2);
}

/* The configuration had another old member when it was written. */
Test(tombstone, of_another_old_member_of_the_token_is_said)
{
    CLEANUP(freep) char *path = NULL;
    struct member *members = router_token(1)->members;
    struct tombstones tombstones;

    heard_begin();
    members[MIGRATE_OLD].rule = members[MIGRATE_NEW].rule;
    path = bury_elsewhere(bury_of_old);
    members[MIGRATE_OLD].rule = &router_token(1)->rule->members[MIGRATE_OLD];
    tombstones_read(&tombstones, &members[MIGRATE_OLD]);
    cr_expect(tombstones.is_dark);
    cr_expect_not_null(strstr(heard_end(), "as the old one any more"));
    tombstones_clear(&tombstones);
}

/* The operator's tool destroys it, which shows it none of these. */
Test(tombstone, ends_no_handle_of_a_session_that_is_tied)
{
    CLEANUP(freep) char *path = NULL;
    CK_SESSION_HANDLE tied;

    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                               NULL, &tied),
                 CKR_OK);
    cr_assert(tie_session(tied, MIGRATE_OLD));
    path = bury_elsewhere(bury_of_old);
    control_look_now();
    cr_expect_eq(C_DestroyObject(tied, bury_of_old), CKR_OK);
    cr_expect_eq(toy_count_objects(1), 2);
}

/* Others than its writer could change it. */
Test(tombstone, hides_nothing_by_a_file_that_is_not_to_be_trusted)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_old);

    heard_begin();
    cr_assert_eq(chmod(path, 0666), 0);
    bury_expect_counts(1, 3, 3);
    cr_expect_not_null(strstr(heard_end(), "shows what was destroyed"));
}

/* -- The same key again ------------------------------------------------------
 */

Test(tombstone, leaves_what_is_made_again_on_the_new_member)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (char[]){ "fresh" }, 5 };
    CK_OBJECT_HANDLE again;

    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    (void)migrate_add(MIGRATE_NEW, 1);
    again = migrate_find(1);
    cr_expect_neq(again, bury_of_both);
    cr_expect_eq(migrate_signer(again, 1), MIGRATE_NEW);
    bury_expect_counts(1, 3, 3);
    /* What is buried is not changed with it. */
    toy_forget_calls();
    cr_expect_eq(C_SetAttributeValue(migrate_session, again, &label, 1),
                 CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_SetAttributeValue), 0);
    bury_expect_counts(1, 3, 3);
}

Test(tombstone, is_not_used_in_place_of_what_was_made_again)
{
    CK_OBJECT_HANDLE again;

    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    (void)migrate_add(MIGRATE_NEW, 1);
    again = migrate_find(1);
    router_lose(0);
    cr_expect_eq(router_sign_init(migrate_session, again), CKR_DEVICE_REMOVED);
    migrate_return(0);
    cr_expect_eq(migrate_signer(again, 1), MIGRATE_NEW);
}

Test(tombstone, leaves_the_same_key_under_another_name)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_old);
    CK_BYTE other[] = { 7, 7 };

    toy_set(toy_object(1, migrate_add(MIGRATE_OLD, 3)), CKA_ID, other,
            sizeof(other));
    bury_expect_counts(1, 4, 3);
}

/* Its public key has told which one it was, and has gone. */
Test(tombstone, goes_by_the_name_of_a_key_that_does_not_tell_any_more)
{
    static unsigned char id[] = { 1 };
    struct identity buried = { .object_class = CKO_PRIVATE_KEY,
                               .key_type = CKK_EC,
                               .is_token = true,
                               .has_fingerprint = true,
                               .id = id,
                               .id_length = sizeof(id) };
    struct identity silent = buried, other = buried;
    struct journal_entry entry = { .kind = JOURNAL_TOMBSTONE,
                                   .identity = &buried };

    silent.has_fingerprint = false;
    other.fingerprint[0] = 1;
    cr_expect(tombstone_is_of(&entry, &buried));
    cr_expect_not(tombstone_is_of(&entry, &other));
    cr_expect_not(tombstone_is_of(&entry, &silent));
    entry.is_by_name = true;
    cr_expect(tombstone_is_of(&entry, &silent));
    cr_expect_not(tombstone_is_of(&entry, &other));
    silent.id_length = 0;
    cr_expect_not(tombstone_is_of(&entry, &silent));
}
