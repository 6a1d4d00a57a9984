/* SPDX-License-Identifier: BSD-3-Clause */
/* What is destroyed on a token in mode "migrate" is nowhere (R9.4). */
#include "tests/heard.h"
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_OBJECT_HANDLE of_both, of_new, of_old;

static void
start(void)
{
    struct config *config = migrate_config();

    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 1);
    (void)migrate_add(MIGRATE_NEW, 2);
    (void)migrate_add(MIGRATE_OLD, 3);
    migrate_start(config);
    of_both = migrate_find(1);
    of_new = migrate_find(2);
    of_old = migrate_find(3);
}

TestSuite(migrate_destroy, .init = start, .fini = pool_finish, .timeout = 30);

static void
expect_counts(size_t on_new, size_t on_old)
{
    cr_expect_eq(toy_count_objects(0), on_new);
    cr_expect_eq(toy_count_objects(1), on_old);
}

Test(migrate_destroy, ends_twins_on_both_members)
{
    cr_expect_eq(C_DestroyObject(migrate_session, of_both), CKR_OK);
    expect_counts(1, 1);
}

Test(migrate_destroy, ends_what_is_on_one_of_them)
{
    cr_expect_eq(C_DestroyObject(migrate_session, of_new), CKR_OK);
    cr_expect_eq(C_DestroyObject(migrate_session, of_old), CKR_OK);
    expect_counts(1, 1);
}

/* Secret keys without a check value, one on each: two objects to everybody. */
Test(migrate_destroy, ends_what_nothing_tells_where_it_is)
{
    CK_OBJECT_HANDLE old;

    (void)toy_add_key(MIGRATE_OLD, CKO_SECRET_KEY, 4);
    old = router_find_key(migrate_session, CKO_SECRET_KEY, 4);
    (void)toy_add_key(MIGRATE_NEW, CKO_SECRET_KEY, 4);
    cr_expect_eq(C_DestroyObject(migrate_session, old), CKR_OK);
    expect_counts(3, 2);
}

/* A private key that did not tell when it was looked at may have a twin. */
Test(migrate_destroy, leaves_what_may_be_on_the_other_one)
{
    CK_OBJECT_HANDLE key = toy_add_key(MIGRATE_NEW, CKO_PRIVATE_KEY, 4);

    toy_set(toy_object(MIGRATE_NEW, key), CKA_MODULUS, "", 0);
    key = router_find_key(migrate_session, CKO_PRIVATE_KEY, 4);
    (void)toy_add_key(MIGRATE_OLD, CKO_PRIVATE_KEY, 4);
    cr_expect_neq(C_DestroyObject(migrate_session, key), CKR_OK);
    expect_counts(3, 3);
}

Test(migrate_destroy, ends_a_copy_that_nobody_has_seen_yet)
{
    (void)migrate_add(MIGRATE_NEW, 3);
    cr_expect_eq(C_DestroyObject(migrate_session, of_old), CKR_OK);
    expect_counts(2, 1);
}

Test(migrate_destroy, ends_nothing_where_the_old_member_refuses)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_DestroyObject, CKR_ACTION_PROHIBITED, 1);
    cr_expect_eq(C_DestroyObject(migrate_session, of_both),
                 CKR_ACTION_PROHIBITED);
    expect_counts(2, 2);
    cr_expect_eq(C_DestroyObject(migrate_session, of_both), CKR_OK);
    expect_counts(1, 1);
}

/* And is asked again next time. */
Test(migrate_destroy, ends_the_old_one_where_the_new_member_refuses)
{
    heard_begin();
    toy_fail(TOY_SLOT(0), FUNCTION_C_DestroyObject, CKR_ACTION_PROHIBITED, 1);
    cr_expect_eq(C_DestroyObject(migrate_session, of_both),
                 CKR_ACTION_PROHIBITED);
    cr_expect_not_null(strstr(heard_end(), "the others lack the object now"));
    expect_counts(2, 1);
    cr_expect_eq(C_DestroyObject(migrate_session, of_both), CKR_OK);
    expect_counts(1, 1);
}

Test(migrate_destroy, ends_nothing_while_the_old_member_is_away)
{
    router_lose(1);
    cr_expect_eq(C_DestroyObject(migrate_session, of_both), CKR_DEVICE_REMOVED);
    expect_counts(2, 2);
}

Test(migrate_destroy, does_without_the_old_member_when_it_is_finished)
{
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    cr_expect_eq(C_DestroyObject(migrate_session, of_both), CKR_OK);
    expect_counts(1, 2);
}
