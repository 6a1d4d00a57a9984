/* SPDX-License-Identifier: BSD-3-Clause */
/* Which member of a group answers, and what is said when none does. */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>

TestSuite(choice, .init = group_start, .fini = group_finish, .timeout = 60);

static struct toy_result result;

static CK_RV
sign_with(CK_OBJECT_HANDLE key)
{
    CK_RV rv = router_sign_init(group_session, key);

    return rv == CKR_OK ? router_sign(group_session, "data", &result) : rv;
}

static void
lose_for_good(unsigned member)
{
    member_fail(&router_token(1)->members[member], NULL, CKR_DEVICE_REMOVED);
}

/* -- By the call's objects --------------------------------------------------
 */

Test(choice, is_the_first_member_while_it_can_answer)
{
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    lose_for_good(0);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    group_heal(0);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

Test(choice, is_the_one_that_has_the_key)
{
    CK_OBJECT_HANDLE only = router_find_key(group_session, CKO_PRIVATE_KEY, 8);

    cr_assert_eq(sign_with(only), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    /* Its member has begun another life: that is no reason to ask A. */
    member_begin_life(&router_token(1)->members[1]);
    cr_assert_eq(sign_with(only), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}

/* The first member's key has another handle after a restart: it is found. */
Test(choice, is_the_first_member_again_after_its_restart)
{
    member_begin_life(&router_token(1)->members[0]);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    cr_expect_eq(result.number, 7);
}

Test(choice, is_the_other_member_where_the_key_was_destroyed)
{
    CK_BYTE id[2];
    CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };

    cr_assert_eq(sign_with(group_key), CKR_OK);
    toy_object(0, toy_last(FUNCTION_C_SignInit).objects[0])->number = 0;
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect(group_is_usable(0));
    cr_assert_eq(C_GetAttributeValue(group_session, group_key, &attribute, 1),
                 CKR_OK);
    cr_expect_eq(id[1], 7);
}

/* R7.5: sizes may differ between members. */
Test(choice, of_a_size_query_is_that_of_the_call_after_it)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE out[64];
    CK_ULONG length = 0;

    lose_for_good(0);
    cr_assert_eq(C_WrapKey(group_session, &mechanism, group_key, group_key,
                           NULL, &length),
                 CKR_OK);
    group_heal(0);
    cr_assert_leq(length, sizeof(out));
    cr_assert_eq(C_WrapKey(group_session, &mechanism, group_key, group_key, out,
                           &length),
                 CKR_OK);
    cr_expect_eq(group_count_on_b(FUNCTION_C_WrapKey), 2);
    length = sizeof(out);
    cr_assert_eq(C_WrapKey(group_session, &mechanism, group_key, group_key, out,
                           &length),
                 CKR_OK);
    cr_expect_eq(group_count_on_b(FUNCTION_C_WrapKey), 2);
}

/* R7.7: what was made in a session of a member is nowhere else. */
Test(choice, of_a_session_object_is_the_member_that_made_it)
{
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    CK_OBJECT_HANDLE made;

    cr_assert_eq(C_CreateObject(group_session, &template, 1, &made), CKR_OK);
    cr_assert_eq(C_GetAttributeValue(group_session, made, &template, 1),
                 CKR_OK);
    lose_for_good(0);
    toy_forget_calls();
    cr_assert_eq(C_GetAttributeValue(group_session, made, &template, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_expect_eq(group_count_on_b(FUNCTION_C_FindObjectsInit), 0);
    group_heal(0);
    cr_assert_eq(C_GetAttributeValue(group_session, made, &template, 1),
                 CKR_OK);
}

/* -- Where no backend session is to be had ----------------------------------
 */

Test(choice, is_the_next_one_where_no_session_can_be_opened)
{
    /* One for C_OpenSession, one for C_SignInit. */
    toy_fail(TOY_SLOT(0), FUNCTION_C_OpenSession, CKR_SESSION_COUNT, 2);
    group_session = router_session(1);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect(group_is_usable(0), "it is busy, not lost");
    toy_fail(TOY_SLOT(0), FUNCTION_C_OpenSession, CKR_DEVICE_REMOVED, 1);
    group_session = router_session(1);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_not(group_is_usable(0));
}

/* -- Failures ---------------------------------------------------------------
 */

/* R7.2: a request that no member can stand takes none of them down. */
Test(choice, poison_is_answered_by_two_and_takes_nobody_down)
{
    router_clock_stop();
    for (int i = 0; i < 20; i++) {
        router_clock_move(200);
        cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
        toy_fail(TOY_SLOT(0), FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
        toy_fail(TOY_SLOT(1), FUNCTION_C_Sign, CKR_DEVICE_ERROR, 1);
        cr_assert_eq(router_sign(group_session, "data", &result),
                     CKR_DEVICE_ERROR, "the second one's");
        cr_assert(group_is_usable(0) && group_is_usable(1));
        group_session = router_session(1);
    }
    cr_expect_eq(group_count_on_b(FUNCTION_C_Sign), 20);
}

/* R7.6: the first member's error, when the second one goes too. */
Test(choice, says_what_the_first_one_said_when_the_second_is_lost)
{
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    toy_fail(TOY_SLOT(0), FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_GENERAL_ERROR);
    cr_expect(group_is_usable(0));
    cr_expect_not(group_is_usable(1));
}

/* A says that it is gone; the answer, and the one to the question whether that
 * is so, take as long as the test wants. */
static uint64_t answer_ms, probe_ms;

static bool
take_long(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)arguments;
    if (slot != TOY_SLOT(0) || (function != FUNCTION_C_GenerateRandom &&
                                function != FUNCTION_C_GetTokenInfo))
        return false;
    router_clock_move(function == FUNCTION_C_GenerateRandom ? answer_ms
                                                            : probe_ms);
    *rv = CKR_DEVICE_ERROR;
    return true;
}

static CK_RV
ask_slow_member(uint64_t answer, uint64_t probe)
{
    CK_BYTE byte;

    answer_ms = answer;
    probe_ms = probe;
    router_clock_stop();
    toy_set_hook(take_long);
    return C_GenerateRandom(group_session, &byte, 1);
}

/* R7.6: the time of a call counts from the first failure. */
Test(choice, asks_nobody_else_when_the_time_is_up)
{
    cr_assert_eq(ask_slow_member(0, 6000), CKR_DEVICE_REMOVED);
    cr_expect_eq(group_count_on_b(FUNCTION_C_GenerateRandom), 0);
    cr_expect_not(group_is_usable(0));
    cr_assert_eq(ask_slow_member(0, 6000), CKR_OK, "B's");
}

Test(choice, is_another_member_however_long_the_first_one_took_to_fail)
{
    cr_assert_eq(ask_slow_member(6000, 0), CKR_OK);
    cr_expect_eq(group_count_on_b(FUNCTION_C_GenerateRandom), 1);
}

/* What its member cannot be asked for goes on elsewhere before anybody asks. */
Test(choice, of_an_operation_whose_member_is_down_is_another_one)
{
    static CK_BYTE data[] = "data";

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 4), CKR_OK);
    lose_for_good(0);
    toy_forget_calls();
    result = group_sign_final(CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    cr_expect_eq(result.data, toy_hash(TOY_HASH_START, data, 4));
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SignFinal), 0);
}

/* What nobody has used for long may be gone, and is no reason to fail: the
 * other member's sessions ended before anybody was asked for them. */
Test(choice, is_a_member_whose_sessions_have_ended)
{
    lose_for_good(0);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    group_heal(0);
    toy_sessions_end(1);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    group_heal(0);
    toy_sessions_end(0);
    toy_sessions_end(1);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    cr_expect(group_is_usable(0) && group_is_usable(1));
}

Test(choice, nobody_is_left_for_an_operation_that_cannot_begin_again)
{
    CK_MECHANISM hss = { CKM_HSS, NULL, 0 };

    cr_assert_eq(C_SignInit(group_session, &hss, group_key), CKR_OK);
    lose_for_good(0);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
}

/* 7.3: whoever shows it, and whatever is said of it on the first member. */
Test(choice, of_a_key_that_is_used_up_is_the_first_member)
{
    CK_MECHANISM hss = { CKM_HSS, NULL, 0 };
    CK_OBJECT_HANDLE key, only, on_a;

    lose_for_good(0);
    object_space_clear(router_token(1)->objects);
    key = router_find_key(group_session, CKO_PRIVATE_KEY, 7);
    only = router_find_key(group_session, CKO_PRIVATE_KEY, 8);
    cr_expect_eq(C_SignInit(group_session, &hss, key), CKR_DEVICE_REMOVED);
    group_heal(0);
    cr_assert_eq(C_SignInit(group_session, &hss, key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0), "though only B has shown it");
    cr_assert_eq(object_space_find(router_token(1)->objects, key, 0,
                                   router_token(1)->members[0].epoch, &on_a),
                 OBJECT_FOUND);
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_HANDLE_INVALID, 1);
    *toy_object(0, on_a) = (struct toy_object){ .number = 0 };
    cr_expect_eq(C_SignInit(group_session, &hss, key), CKR_KEY_HANDLE_INVALID);
    cr_expect_eq(C_SignInit(group_session, &hss, only), CKR_KEY_HANDLE_INVALID);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
    cr_expect_eq(C_VerifyInit(group_session, &hss, only), CKR_OK);
}

/* R3.12: nor where the first operation happens to be. */
Test(choice, of_a_key_that_is_used_up_is_not_where_another_operation_is)
{
    CK_MECHANISM hss = { CKM_HSS, NULL, 0 };

    lose_for_good(0);
    cr_assert_eq(C_VerifyInit(group_session, &hss, group_key), CKR_OK);
    group_heal(0);
    cr_expect_eq(C_SignInit(group_session, &hss, group_key),
                 CKR_OPERATION_ACTIVE);
    cr_expect_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
}

Test(choice, the_handles_are_good_when_all_members_were_away)
{
    lose_for_good(0);
    lose_for_good(1);
    cr_assert_eq(sign_with(group_key), CKR_DEVICE_REMOVED);
    toy_sessions_end(0);
    toy_sessions_end(1);
    group_heal(1);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(1));
    group_heal(0);
    cr_assert_eq(sign_with(group_key), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    cr_expect_eq(result.number, 7);
}

/* A search shows what those have that can be asked. */
Test(choice, a_search_goes_on_without_a_member_that_fails)
{
    CK_OBJECT_HANDLE found[8];

    cr_assert_eq(router_find_all(group_session, found, 8), 2);
    toy_fail(TOY_SLOT(0), FUNCTION_C_FindObjectsInit, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_find_all(group_session, found, 8), 2, "B has both");
    cr_expect_not(group_is_usable(0));
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_FindObjectsInit), 2);
    cr_assert_eq(router_find_all(group_session, found, 8), 2);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_FindObjectsInit), 2,
                 "nobody has asked it");
}
