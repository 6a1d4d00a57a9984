/* SPDX-License-Identifier: BSD-3-Clause */
/* What is changed on a token in mode "migrate" stays one object (R9.5). */
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_OBJECT_HANDLE of_both, of_new, of_old;
static CK_OBJECT_HANDLE twins[MIGRATE_MEMBERS], single_new, single_old;

static void
start(void)
{
    struct config *config = migrate_config();

    twins[MIGRATE_NEW] = migrate_add(MIGRATE_NEW, 1);
    twins[MIGRATE_OLD] = migrate_add(MIGRATE_OLD, 1);
    single_new = migrate_add(MIGRATE_NEW, 2);
    single_old = migrate_add(MIGRATE_OLD, 3);
    migrate_start(config);
    of_both = migrate_find(1);
    of_new = migrate_find(2);
    of_old = migrate_find(3);
    toy_forget_calls();
}

/* A new member that nobody may write on. */
static void
start_protected(void)
{
    struct config *config = migrate_config();

    toys[MIGRATE_NEW].is_write_protected = true;
    twins[MIGRATE_NEW] = migrate_add(MIGRATE_NEW, 1);
    twins[MIGRATE_OLD] = migrate_add(MIGRATE_OLD, 1);
    router_start(config);
}

TestSuite(migrate_protected, .init = start_protected, .fini = pool_finish,
          .timeout = 30);
TestSuite(migrate_change, .init = start, .fini = pool_finish, .timeout = 30);

static CK_RV
set_label(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (char[]){ "fresh" }, 5 };

    return C_SetAttributeValue(session, object, &label, 1);
}

static CK_RV
set_start_date(CK_OBJECT_HANDLE object)
{
    CK_DATE date = { { '2', '0', '2', '6' }, { '0', '1' }, { '0', '1' } };
    CK_ATTRIBUTE attribute = { CKA_START_DATE, &date, sizeof(date) };

    return C_SetAttributeValue(migrate_session, object, &attribute, 1);
}

static bool
has(unsigned member, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_TYPE type,
    const char *value)
{
    const struct toy_object *object = toy_object(member, handle);

    cr_assert_not_null(object);
    for (size_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            return object->attributes[i].length == strlen(value) &&
                   memcmp(object->attributes[i].value, value, strlen(value)) ==
                       0;
    return false;
}

static bool
is_fresh(unsigned member, CK_OBJECT_HANDLE handle)
{
    return has(member, handle, CKA_LABEL, "fresh");
}

static void
expect_twins(bool on_new, bool on_old)
{
    cr_expect_eq(is_fresh(MIGRATE_NEW, twins[MIGRATE_NEW]), on_new);
    cr_expect_eq(is_fresh(MIGRATE_OLD, twins[MIGRATE_OLD]), on_old);
}

/* How many objects of that label an application sees. */
static CK_ULONG
count_fresh(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (char[]){ "fresh" }, 5 };
    CK_OBJECT_HANDLE found[4];
    CK_ULONG count = 0;

    cr_assert_eq(C_FindObjectsInit(migrate_session, &label, 1), CKR_OK);
    cr_assert_eq(C_FindObjects(migrate_session, found, 4, &count), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(migrate_session), CKR_OK);
    return count;
}

/* -- Who is asked ------------------------------------------------------------
 */

Test(migrate_change, a_label_is_changed_on_both_members)
{
    cr_expect_eq(set_label(migrate_session, of_both), CKR_OK);
    expect_twins(true, true);
    cr_expect_eq(count_fresh(), 1);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

Test(migrate_change, what_nobody_goes_by_is_changed_on_the_new_member_alone)
{
    cr_expect_eq(set_start_date(of_both), CKR_OK);
    cr_expect(has(MIGRATE_NEW, twins[MIGRATE_NEW], CKA_START_DATE, "20260101"));
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_SetAttributeValue), 0);
}

Test(migrate_change, what_is_on_one_member_is_changed_there)
{
    cr_expect_eq(set_label(migrate_session, of_new), CKR_OK);
    cr_expect(is_fresh(MIGRATE_NEW, single_new));
    cr_expect_eq(set_label(migrate_session, of_old), CKR_OK);
    cr_expect(is_fresh(MIGRATE_OLD, single_old));
    cr_expect_eq(set_start_date(of_old), CKR_OK);
    cr_expect(has(MIGRATE_OLD, single_old, CKA_START_DATE, "20260101"));
}

Test(migrate_change, a_copy_that_nobody_has_seen_yet_is_changed_too)
{
    CK_OBJECT_HANDLE copy = migrate_add(MIGRATE_NEW, 3);

    cr_expect_eq(set_label(migrate_session, of_old), CKR_OK);
    cr_expect(is_fresh(MIGRATE_NEW, copy));
    cr_expect(is_fresh(MIGRATE_OLD, single_old));
}

Test(migrate_change, after_a_rollback_both_are_changed_all_the_same)
{
    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    cr_expect_eq(set_start_date(of_both), CKR_OK);
    cr_expect(has(MIGRATE_NEW, twins[MIGRATE_NEW], CKA_START_DATE, "20260101"));
    cr_expect(has(MIGRATE_OLD, twins[MIGRATE_OLD], CKA_START_DATE, "20260101"));
}

Test(migrate_change, does_without_the_old_member_when_it_is_finished)
{
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    cr_expect_eq(set_label(migrate_session, of_both), CKR_OK);
    expect_twins(true, false);
}

/* -- What is not proven yet --------------------------------------------------
 */

enum { SECRET = 4 };

static CK_OBJECT_HANDLE
add_secret(unsigned member)
{
    CK_KEY_TYPE type = CKK_AES;
    CK_OBJECT_HANDLE handle = toy_add_key(member, CKO_SECRET_KEY, SECRET);
    struct toy_object *object = toy_object(member, handle);

    toy_set(object, CKA_KEY_TYPE, &type, sizeof(type));
    toy_set(object, CKA_CHECK_VALUE, "\1\2\3", 3);
    return handle;
}

Test(migrate_change, a_secret_keys_copy_keeps_the_name_it_is_known_by)
{
    CK_OBJECT_HANDLE on_old = add_secret(MIGRATE_OLD);
    CK_OBJECT_HANDLE secret =
        router_find_key(migrate_session, CKO_SECRET_KEY, SECRET);
    char *path = migrate_begin_copy(secret);
    CK_OBJECT_HANDLE copy = add_secret(MIGRATE_NEW);

    cr_expect_eq(set_label(migrate_session, secret), CKR_OK);
    cr_expect(is_fresh(MIGRATE_OLD, on_old));
    cr_expect_not(is_fresh(MIGRATE_NEW, copy));
    cr_assert_eq(unlink(path), 0);
    free(path);
}

Test(migrate_change, a_secret_keys_proven_copy_is_changed_too)
{
    CK_OBJECT_HANDLE on_old = add_secret(MIGRATE_OLD);
    CK_OBJECT_HANDLE secret =
        router_find_key(migrate_session, CKO_SECRET_KEY, SECRET);
    CK_OBJECT_HANDLE copy = add_secret(MIGRATE_NEW);

    cr_expect_eq(set_label(migrate_session, secret), CKR_OK);
    cr_expect(is_fresh(MIGRATE_OLD, on_old));
    cr_expect(is_fresh(MIGRATE_NEW, copy));
}

/* -- Who refuses -------------------------------------------------------------
 */

Test(migrate_change, what_the_old_member_refuses_is_changed_on_none)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_SetAttributeValue, CKR_ACTION_PROHIBITED,
             1);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_ACTION_PROHIBITED);
    expect_twins(false, false);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_OK);
    expect_twins(true, true);
}

Test(migrate_change, what_the_new_member_refuses_is_taken_back)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_SetAttributeValue, CKR_ATTRIBUTE_READ_ONLY,
             1);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_ATTRIBUTE_READ_ONLY);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_SetAttributeValue), 2);
    expect_twins(false, false);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_OK);
    expect_twins(true, true);
}

Test(migrate_change, what_the_old_member_may_have_changed_is_taken_back)
{
    toy_fail_after(TOY_SLOT(1), FUNCTION_C_SetAttributeValue, CKR_GENERAL_ERROR,
                   1);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_GENERAL_ERROR);
    expect_twins(false, false);
}

Test(migrate_change, nothing_is_changed_while_a_member_is_away)
{
    router_lose(1);
    cr_expect_eq(set_label(migrate_session, of_both), CKR_DEVICE_REMOVED);
    expect_twins(false, false);
    cr_expect_eq(set_start_date(of_both), CKR_OK);
}

Test(migrate_change, a_session_that_may_not_write_changes_nothing)
{
    CK_SESSION_HANDLE session;

    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_OK);
    cr_expect_eq(set_label(session, of_both), CKR_SESSION_READ_ONLY);
    cr_expect_eq(C_DestroyObject(session, of_both), CKR_SESSION_READ_ONLY);
    expect_twins(false, false);
}

/* Its own member would only say so after the old one was asked. */
Test(migrate_protected, a_session_that_may_not_write_changes_nothing)
{
    CK_SESSION_HANDLE session;

    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_OK);
    cr_assert_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR[]){ FIXTURE_PIN }, 4),
                 CKR_OK);
    of_both = router_find_key(session, CKO_PRIVATE_KEY, 1);
    cr_expect_eq(set_label(session, of_both), CKR_SESSION_READ_ONLY);
    cr_expect_eq(C_DestroyObject(session, of_both), CKR_SESSION_READ_ONLY);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_SetAttributeValue), 0);
    cr_expect_eq(toy_count(TOY_SLOT(1), FUNCTION_C_DestroyObject), 0);
    cr_expect_eq(toy_count_objects(1), 1);
    expect_twins(false, false);
}
