/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches on a group of which a member has no part (R7.19). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session;

/* Both have key 7, each has one of its own. */
static void
start(bool needs_all)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].needs_all = needs_all;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < 2; i++) {
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 7);
        (void)toy_add_key(i, CKO_PRIVATE_KEY, 8 + i);
    }
    router_start(config);
    session = router_session(1);
}

static void
start_needing_all(void)
{
    start(true);
}

static void
start_as_it_is(void)
{
    start(false);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(group_search, .init = start_as_it_is, .fini = finish);
TestSuite(group_search_whole, .init = start_needing_all, .fini = finish);

static size_t
count(void)
{
    CK_OBJECT_HANDLE objects[8];

    return router_find_all(session, objects, 8);
}

static CK_RV
begin(void)
{
    return C_FindObjectsInit(session, NULL, 0);
}

Test(group_search, shows_what_is_there)
{
    cr_expect_eq(count(), 3);
    router_lose(1);
    cr_expect_eq(count(), 2);
}

Test(group_search_whole, shows_all_or_fails)
{
    cr_expect_eq(count(), 3);
    router_lose(1);
    cr_expect_eq(begin(), CKR_DEVICE_ERROR);
    cr_expect_eq(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}

Test(group_search_whole, fails_where_a_member_does)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_FindObjectsInit,
             CKR_ATTRIBUTE_VALUE_INVALID, 1);
    cr_expect_eq(begin(), CKR_DEVICE_ERROR);
    cr_expect_eq(count(), 3);
}

/* What the others have is not all that there is. */
Test(group_search, is_refused_where_an_operation_is_in_its_way_on_one)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_FindObjectsInit, CKR_OPERATION_ACTIVE, 1);
    cr_expect_eq(begin(), CKR_OPERATION_ACTIVE);
    cr_expect_eq(count(), 3);
}

/* R7.21. */
Test(group_search, shows_what_is_built_in_of_the_first_member_alone)
{
    (void)toy_add_key(0, CKO_HW_FEATURE, 20);
    (void)toy_add_key(1, CKO_HW_FEATURE, 21);
    (void)toy_add_key(1, CKO_PROFILE, 22);
    cr_expect_eq(count(), 4);
    router_lose(0);
    cr_expect_eq(count(), 4, "the second one's keys, and what it has built in");
}
