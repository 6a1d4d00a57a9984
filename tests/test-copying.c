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
