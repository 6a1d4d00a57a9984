/* SPDX-License-Identifier: BSD-3-Clause */
/* What is destroyed though the old member keeps it, with tombstones (R9.4). */
#include "common/cleanup.h"
#include "tests/bury-fixture.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <string.h>

static void
start(void)
{
    bury_begin(true);
}

static void
start_without(void)
{
    bury_begin(false);
}

TestSuite(migrate_bury, .init = start, .fini = pool_finish, .timeout = 30);
TestSuite(migrate_bury_not, .init = start_without, .fini = pool_finish,
          .timeout = 30);

/* -- What is buried ----------------------------------------------------------
 */

Test(migrate_bury, twins_of_which_the_old_one_is_refused)
{
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    bury_expect_counts(0, 3, 2);
    cr_expect_eq(router_sign_init(migrate_session, bury_of_both),
                 CKR_KEY_HANDLE_INVALID);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(bury_count_tombstones(), 1);
}

Test(migrate_bury, what_the_old_member_alone_has_and_refuses)
{
    bury_keep_on_old(CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    bury_expect_counts(1, 3, 2);
    cr_expect_eq(router_sign_init(migrate_session, bury_of_old),
                 CKR_KEY_HANDLE_INVALID);
}

Test(migrate_bury, beside_an_operation_that_goes_on)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(migrate_session, migrate_find(4)), CKR_OK);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    cr_expect_eq(router_sign(migrate_session, "text", &result), CKR_OK);
    bury_expect_counts(1, 3, 2);
}

/* Another process has renamed it since this one has seen it. */
Test(migrate_bury, under_the_name_that_it_has_on_the_old_member_by_now)
{
    toy_set(&toys[0].objects[0], CKA_LABEL, "b", 1);
    toy_set(&toys[1].objects[0], CKA_LABEL, "b", 1);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    bury_expect_counts(0, 3, 2);
}

/* A secret key has no name but those; so nobody knows that it is it. */
Test(migrate_bury, nothing_that_is_not_found_where_it_was_refused)
{
    static const CK_BYTE check_value[] = { 1, 2, 3 };
    CK_OBJECT_HANDLE secret, its;

    its = toy_add_key(1, CKO_SECRET_KEY, 5);
    toy_set(toy_object(1, its), CKA_CHECK_VALUE, check_value,
            sizeof(check_value));
    secret = router_find_key(migrate_session, CKO_SECRET_KEY, 5);
    toy_set(toy_object(1, its), CKA_LABEL, "b", 1);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(secret), CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_count_tombstones(), 0);
}

Test(migrate_bury, what_the_old_member_has_while_it_is_away)
{
    router_lose(1);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 0);
    migrate_return(1);
    bury_expect_counts(0, 3, 1);
    cr_expect_eq(bury_count_tombstones(), 2);
}

Test(migrate_bury, nothing_where_the_old_member_does_it)
{
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_OK);
    bury_expect_counts(0, 1, 1);
    cr_expect_eq(bury_count_tombstones(), 0);
}

Test(migrate_bury, nothing_that_is_no_refusal)
{
    static const CK_RV failures[] = { CKR_USER_NOT_LOGGED_IN,
                                      CKR_FUNCTION_FAILED, CKR_PIN_EXPIRED };

    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        toy_fail(TOY_SLOT(1), FUNCTION_C_DestroyObject, failures[i], 4);
        cr_expect_neq(bury_destroy(bury_of_both), CKR_OK);
        cr_expect_neq(bury_destroy(bury_of_old), CKR_OK);
        toy_reset_rules();
        bury_expect_counts(1, 3, 3);
    }
    cr_expect_eq(bury_count_tombstones(), 0);
}

Test(migrate_bury, nothing_that_could_be_another_object)
{
    (void)migrate_add(MIGRATE_OLD, 1);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_ACTION_PROHIBITED);
    bury_expect_counts(1, 4, 4);
    router_lose(1);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_DEVICE_REMOVED);
    cr_expect_eq(bury_count_tombstones(), 0);
}

/* It has no check value. */
Test(migrate_bury, nothing_that_nobody_would_know_again)
{
    CK_OBJECT_HANDLE secret;

    (void)toy_add_key(1, CKO_SECRET_KEY, 5);
    secret = router_find_key(migrate_session, CKO_SECRET_KEY, 5);
    router_lose(1);
    cr_expect_eq(bury_destroy(secret), CKR_DEVICE_REMOVED);
    cr_expect_eq(bury_count_tombstones(), 0);
}

Test(migrate_bury, nothing_in_a_read_only_session)
{
    CK_SESSION_HANDLE session;

    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_OK);
    router_lose(1);
    cr_expect_eq(C_DestroyObject(session, bury_of_old), CKR_DEVICE_REMOVED);
    cr_expect_eq(C_DestroyObject(session, bury_of_both), CKR_SESSION_READ_ONLY);
    cr_expect_eq(bury_count_tombstones(), 0);
}

Test(migrate_bury_not, anything_unless_the_operator_wants_it)
{
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_ACTION_PROHIBITED);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_ACTION_PROHIBITED);
    router_lose(1);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_DEVICE_REMOVED);
    migrate_return(1);
    bury_expect_counts(1, 3, 3);
    cr_expect_eq(bury_count_tombstones(), 0);
}

/* -- In this order -----------------------------------------------------------
 */

static size_t n_seen_by_new;

static bool
look_before_new(enum function function, CK_SLOT_ID slot,
                struct argument *arguments, CK_RV *rv)
{
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_DestroyObject && slot == TOY_SLOT(0))
        n_seen_by_new = bury_count_tombstones();
    return false;
}

Test(migrate_bury, has_its_tombstone_before_the_new_member_is_asked)
{
    toy_set_hook(look_before_new);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    toy_set_hook(NULL);
    cr_expect_eq(n_seen_by_new, 1);
}

Test(migrate_bury, who_is_killed_in_between_leaves_what_the_new_member_has)
{
    CLEANUP(freep) char *path = bury_elsewhere(bury_of_both);

    migrate_look_now();
    bury_expect_counts(1, 3, 3);
    cr_expect_eq(migrate_find(1), bury_of_both);
    cr_expect_eq(migrate_signer(bury_of_both, 1), MIGRATE_NEW);
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    bury_expect_counts(0, 3, 2);
}

Test(migrate_bury, is_taken_back_where_the_new_member_refuses)
{
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    toy_fail(TOY_SLOT(0), FUNCTION_C_DestroyObject, CKR_TOKEN_WRITE_PROTECTED,
             1);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(bury_count_tombstones(), 0);
    bury_expect_counts(1, 3, 3);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_OK);
    bury_expect_counts(0, 2, 2);
}

/* The new member is asked once more in another backend session. */
Test(migrate_bury, is_taken_back_as_a_whole_where_it_was_begun_twice)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_DestroyObject, CKR_ACTION_PROHIBITED, 2);
    toy_fail(TOY_SLOT(0), FUNCTION_C_DestroyObject, CKR_SESSION_HANDLE_INVALID,
             1);
    toy_fail(TOY_SLOT(0), FUNCTION_C_DestroyObject, CKR_TOKEN_WRITE_PROTECTED,
             1);
    toy_forget_calls();
    cr_expect_eq(bury_destroy(bury_of_both), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_DestroyObject), 2);
    cr_expect_eq(bury_count_tombstones(), 0);
    bury_expect_counts(1, 3, 3);
}

Test(migrate_bury, changes_nothing_where_it_cannot_be_written)
{
    (void)fixture_write("tombstones", 0644, "no folder");
    heard_begin();
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_both), CKR_ACTION_PROHIBITED);
    cr_expect_not_null(strstr(heard_end(), "/tombstones"));
    bury_keep_on_old(CKR_ACTION_PROHIBITED);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_ACTION_PROHIBITED);
    router_lose(1);
    cr_expect_eq(bury_destroy(bury_of_old), CKR_DEVICE_REMOVED);
    cr_expect_eq(toy_count_objects(0), 1);
}
