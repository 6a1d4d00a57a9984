/* SPDX-License-Identifier: BSD-3-Clause */
/* Configured tokens that are added and removed while an application has
 * sessions. */
#include "router/slot-change.h"
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>

static struct slot_list *list;
static struct config *more; /* where the rule of an added token is */
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void
start(enum config_pool_mode mode)
{
    struct config_pool settings = pool_settings(4);

    settings.mode = mode;
    settings.wait_ms = 600000; /* longer than a test may take */
    pool_start(&settings);
    pool_add_keys(1);
    toy_show(1, "B");
    list = instance_get()->slots;
    session = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
    more = router_config_only();
    router_config_token(more, "two", "B", NULL);
    more->tokens[0].slot = 2;
}

static void
setup(void)
{
    start(POOL_OPERATION);
}

static void
finish(void)
{
    C_Finalize(NULL);
    config_free(more);
}

TestSuite(slot_change, .init = setup, .fini = finish, .timeout = 60);
TestSuite(slot_change_kept, .fini = finish, .timeout = 60);

/* -- Adding ------------------------------------------------------------------
 */

static void
add(void)
{
    cr_assert(slot_change_add(list, &more->tokens[0]));
    slot_change_look(list);
}

static bool
is_listed(CK_SLOT_ID slot, CK_BBOOL only_present)
{
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;
    bool is_there = false;

    cr_assert_eq(C_GetSlotList(only_present, NULL, &count), CKR_OK);
    cr_assert_leq(count, 8);
    cr_assert_eq(C_GetSlotList(only_present, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++)
        is_there = is_there || slots[i] == slot;
    return is_there;
}

Test(slot_change, one_that_is_added_is_there)
{
    CK_SESSION_HANDLE there;

    cr_assert_not(is_listed(2, CK_FALSE));
    add();
    cr_assert(is_listed(2, CK_TRUE));
    there = router_session(2);
    cr_assert_eq(C_CloseSession(there), CKR_OK);
    cr_assert_eq(slot_change_find(list, "two"), router_token(2));
    cr_assert_null(slot_change_find(list, "three"));
}

Test(slot_change, one_that_is_added_may_be_away)
{
    toys[1].has_token = false;
    add();
    cr_assert(is_listed(2, CK_FALSE));
    cr_assert_not(is_listed(2, CK_TRUE));
    toys[1].has_token = true;
    slot_list_look(list);
    cr_assert(is_listed(2, CK_TRUE));
}

/* The slot of a token that no rule names. */
static CK_SLOT_ID
find_unlisted(void)
{
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;

    slot_list_look(list);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_leq(count, 8);
    cr_assert_eq(C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++)
        if (slots[i] >= 0x10000)
            return slots[i];
    return 0;
}

Test(slot_change, one_that_no_rule_named_moves_to_its_slot)
{
    CK_SLOT_ID before = find_unlisted();
    CK_SESSION_HANDLE there;
    CK_BYTE byte;

    cr_assert_neq(before, 0);
    there = router_session(before);
    cr_assert_gt(toy_count_sessions(1), 0);
    add();
    cr_assert_eq(toy_count_sessions(1), 0);
    cr_assert_not(is_listed(before, CK_FALSE));
    cr_assert_eq(C_GenerateRandom(there, &byte, 1), CKR_DEVICE_REMOVED);
    cr_assert_eq(C_CloseSession(there), CKR_OK);
    there = router_session(2);
    cr_assert_eq(C_GenerateRandom(there, &byte, 1), CKR_OK);
    slot_change_remove(list, router_token(2));
    slot_change_look(list);
    cr_assert_eq(find_unlisted(), before);
    cr_assert_eq(C_GenerateRandom(there, &byte, 1), CKR_DEVICE_REMOVED);
    cr_assert_eq(C_CloseSession(there), CKR_OK);
    there = router_session(before);
    cr_assert_eq(C_GenerateRandom(there, &byte, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(there), CKR_OK);
}

/* -- Removing ----------------------------------------------------------------
 */

static void
remove_one(void)
{
    slot_change_remove(list, router_token(1));
    slot_change_look(list);
}

Test(slot_change, one_that_is_removed_is_in_no_slot)
{
    CK_SLOT_INFO info;

    remove_one();
    cr_assert_not(is_listed(1, CK_FALSE));
    cr_assert_eq(C_GetSlotInfo(1, &info), CKR_SLOT_ID_INVALID);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_SLOT_ID_INVALID);
}

/* R6.17 */
Test(slot_change, its_sessions_end_as_when_it_is_taken_out)
{
    remove_one();
    cr_assert_eq(router_sign_init(session, key), CKR_DEVICE_REMOVED);
    cr_assert_eq(router_sign_init(session, key), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
}

Test(slot_change, its_backend_sessions_are_closed_on_the_device)
{
    cr_assert_eq(toy_count_sessions(0), 2, "one and the keeper");
    remove_one();
    cr_assert_eq(toy_count_sessions(0), 0);
}

/* A call is inside. */
Test(slot_change, what_is_in_use_is_closed_later)
{
    struct session *busy;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    busy = session_take(session);
    cr_assert_not_null(busy);
    remove_one();
    cr_assert_eq(toy_count_sessions(0), 1);
    session_give(busy);
    slot_change_tend(list);
    cr_assert_eq(toy_count_sessions(0), 0);
}

static void
remove_idle(void)
{
    remove_one();
    cr_expect_eq(toy_count_sessions(0), 0);
    cr_expect_eq(router_sign_init(session, key), CKR_DEVICE_REMOVED);
    cr_expect_eq(C_CloseSession(session), CKR_OK);
}

Test(slot_change_kept, what_an_operation_has_is_closed)
{
    start(POOL_OPERATION);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    remove_idle();
}

Test(slot_change_kept, what_a_session_keeps_is_closed)
{
    start(POOL_SESSION);
    remove_idle();
}

Test(slot_change_kept, what_is_a_sessions_own_is_closed)
{
    start(POOL_NONE);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    remove_idle();
}

static bool
close_too(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)slot;
    (void)arguments;
    (void)rv;
    if (function == FUNCTION_C_CloseSession) {
        toy_set_hook(NULL);
        cr_expect_eq(C_CloseSession(session), CKR_OK);
    }
    return false;
}

/* The last one of its token, which takes the token's turn to end. */
Test(slot_change_kept, a_session_that_is_closed_meanwhile_ends)
{
    start(POOL_NONE);
    toy_set_hook(close_too);
    remove_one();
    cr_expect_eq(token_sessions(slot_change_find(list, "one")).all, 0);
    cr_expect_eq(toy_count_sessions(0), 0);
}

Test(slot_change, its_going_is_an_event)
{
    CK_SLOT_ID slot = 0;

    remove_one();
    cr_assert_eq(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    cr_assert_eq(slot, 1);
}

Test(slot_change, others_do_not_notice)
{
    CK_SESSION_HANDLE there;
    CK_BYTE byte;

    add();
    there = router_session(2);
    remove_one();
    cr_assert(is_listed(2, CK_TRUE));
    cr_assert_eq(C_GenerateRandom(there, &byte, 1), CKR_OK);
    cr_assert_eq(C_CloseSession(there), CKR_OK);
}

/* -- Coming back -------------------------------------------------------------
 */

Test(slot_change, one_that_comes_back_has_its_slot)
{
    struct token *token = router_token(1);

    remove_one();
    slot_change_restore(list, token);
    slot_list_look(list);
    cr_assert(is_listed(1, CK_TRUE));
    cr_assert_eq(router_sign_init(session, key), CKR_DEVICE_REMOVED,
                 "what was lost stays so");
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    session = pool_session(CKF_RW_SESSION);
    key = pool_find_key(session, 1);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
}

Test(slot_change, what_one_needs_to_be_added)
{
    struct config_token rule = more->tokens[0];
    struct config_member member = rule.members[0];
    struct config_module module = { .name = NULL };

    /* Without modules of files there is none that is loaded. */
    member.module = &module;
    rule.members = &member;
    cr_assert_str_eq(slot_change_obstacle(list, &rule),
                     " (added, on a module that is not loaded)");
    rule.n_members = 0;
    cr_assert_null(slot_change_obstacle(list, &rule));
    rule.slot = 1;
    cr_assert_str_eq(slot_change_obstacle(list, &rule),
                     " (added, in a slot that is taken)");
    remove_one();
    cr_assert_str_eq(slot_change_obstacle(list, &rule),
                     " (added, in a slot that is taken)");
    rule.slot = 3;
    rule.certificates.mode = CERTIFICATES_STORE;
    cr_assert_str_eq(slot_change_obstacle(list, &rule),
                     " (added, with certificates in the store)");
}
