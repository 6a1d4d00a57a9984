/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool knows of the members between which it copies: which of them was
 * lost, and whether an object is surely gone. */
#include "tests/copying-fixture.h"

#include <criterion/criterion.h>

static struct identity *identity;
static CK_OBJECT_HANDLE key; /* as its member calls it */

static void
begin(void)
{
    CK_OBJECT_HANDLE object;

    key = copying_fixture_begin(7);
    object = router_find_key(copying.sessions[MIGRATE_OLD], CKO_PRIVATE_KEY, 7);
    cr_assert_eq(copying_read(&copying, MIGRATE_OLD, object, &identity),
                 CKR_OK);
}

static void
end(void)
{
    identity_free(identity);
    copying_fixture_end();
}

TestSuite(copying, .init = begin, .fini = end, .timeout = 30);

/* -- A member that was lost -------------------------------------------------
 */

Test(copying, names_no_member_that_has_been_there)
{
    bool is_back;

    cr_expect_null(copying_find_lost(&copying, &is_back));
}

Test(copying, names_a_member_that_is_lost)
{
    bool is_back;

    router_lose(1);
    cr_assert_str_eq(copying_find_lost(&copying, &is_back), "old");
    cr_expect_not(is_back);
}

Test(copying, names_a_member_that_was_lost_and_has_come_back)
{
    bool is_back;

    router_lose(0);
    migrate_return(0);
    cr_assert_str_eq(copying_find_lost(&copying, &is_back), "new");
    cr_expect(is_back);
}

/* -- What seems to be gone --------------------------------------------------
 */

static CK_RV
find_again(CK_OBJECT_HANDLE *out)
{
    return copying_find_again(&copying, MIGRATE_OLD, identity, out);
}

Test(copying, finds_what_has_another_handle)
{
    CK_OBJECT_HANDLE found = 0;

    router_lose(1);
    toys[1].shift += 100;
    migrate_return(1);
    cr_expect_eq(find_again(&found), CKR_OK);
    cr_expect_neq(found, 0);
}

Test(copying, knows_that_what_was_destroyed_is_gone)
{
    CK_OBJECT_HANDLE found;

    toy_object(MIGRATE_OLD, key)->number = 0;
    cr_expect_eq(find_again(&found), CKR_OBJECT_HANDLE_INVALID);
}

/* What is private is not shown there. */
Test(copying, does_not_know_that_it_is_gone_when_nobody_is_logged_in)
{
    CK_OBJECT_HANDLE found;

    toy_object(MIGRATE_OLD, key)->number = 0;
    cr_assert_eq(C_Logout(migrate_session), CKR_OK);
    cr_expect_eq(find_again(&found), CKR_USER_NOT_LOGGED_IN);
}

Test(copying, does_not_know_that_it_is_gone_from_a_member_that_is_away)
{
    CK_OBJECT_HANDLE found;

    router_lose(1);
    cr_expect_eq(find_again(&found), CKR_DEVICE_REMOVED);
}

Test(copying, does_not_know_that_it_is_gone_when_a_login_has_come_and_gone)
{
    CK_OBJECT_HANDLE found;

    copying_fixture_forget_in_searches(MIGRATE_OLD);
    cr_expect_eq(find_again(&found), CKR_USER_NOT_LOGGED_IN);
    cr_expect(copying_sees_all(&copying, MIGRATE_OLD));
}

/* -- Who is logged in -------------------------------------------------------
 */

Test(copying, sees_all_where_its_user_is_logged_in)
{
    cr_expect(copying_sees_all(&copying, MIGRATE_NEW));
    cr_expect(copying_look(&copying, MIGRATE_NEW));
}

Test(copying, does_not_see_all_of_a_device_that_has_forgotten_the_login)
{
    cr_assert(copying_look(&copying, MIGRATE_NEW));
    toys[MIGRATE_NEW].user = (CK_USER_TYPE)-1;
    cr_expect_not(copying_sees_all(&copying, MIGRATE_NEW));
    cr_expect_not(copying_look(&copying, MIGRATE_NEW));
}

Test(copying, sees_all_again_after_a_reconnect)
{
    router_lose(0);
    cr_expect_not(copying_sees_all(&copying, MIGRATE_NEW));
    migrate_return(0);
    cr_expect(copying_look(&copying, MIGRATE_NEW));
    cr_expect(copying_sees_all(&copying, MIGRATE_NEW));
}

/* Then nobody is meant to see more. */
Test(copying, looks_at_what_is_public_where_nobody_is_logged_in)
{
    cr_assert_eq(C_Logout(migrate_session), CKR_OK);
    cr_expect(copying_look(&copying, MIGRATE_NEW));
}

Test(copying, knows_that_the_login_has_come_and_gone)
{
    uint64_t before = copying_login(&copying, MIGRATE_NEW), after;

    copying_fixture_forget(MIGRATE_NEW);
    cr_expect_eq(copying_login(&copying, MIGRATE_NEW), 0);
    copying_fixture_come_back(MIGRATE_NEW);
    after = copying_login(&copying, MIGRATE_NEW);
    cr_expect_neq(after, 0);
    cr_expect_neq(after, before);
}

Test(copying, knows_that_the_login_is_the_same)
{
    cr_expect_eq(copying_login(&copying, MIGRATE_NEW),
                 copying_login(&copying, MIGRATE_NEW));
}
