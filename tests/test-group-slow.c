/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of which a member takes far longer for a call than usual: nobody else
 * goes there while another one can answer. The clock stands still but for what
 * a test moves it. */
#include "tests/hang-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct hang_call caught, other;
static CK_SESSION_HANDLE second;

static struct member *
member_at(unsigned index)
{
    return &router_token(1)->members[index];
}

static void
start(struct hang_setting setting)
{
    setting.is_group = true;
    setting.call_timeout_ms = 10 * 60 * 1000;
    hang_start(&setting);
    second = router_session(1);
    other.key = pool_find_key(hang_session, 1);
}

static void
start_plain(void)
{
    start((struct hang_setting){ .may_create_threads = true });
}

TestSuite(group_slow, .fini = hang_finish, .timeout = 60);

/* Calls of the kind have taken so long there. */
static void
have_taken(enum counted counted, uint32_t us)
{
    for (unsigned i = 0; i < 100; i++)
        counts_note_latency(pool_counts(member_at(0)->pool), i, counted, us);
}

static void
begin_call(enum hang_kind kind)
{
    hang_begin_call(&caught, kind, hang_session);
    hang_pass(2);
    toy_forget_calls();
}

static void
let_return(void)
{
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    hang_pass(1);
    cr_expect_not(member_is_slow(member_at(0)));
}

/* Who signs in this session. */
static CK_SLOT_ID
signer(CK_SESSION_HANDLE session)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(session, other.key), CKR_OK);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    return result.slot;
}

/* -- Who comes ---------------------------------------------------------------
 */

Test(group_slow, gets_no_new_calls_while_another_can_answer)
{
    CK_BYTE byte;
    CK_ATTRIBUTE id = { CKA_ID, NULL, 0 };
    CK_SESSION_HANDLE more;
    CK_TOKEN_INFO info;

    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    cr_assert(member_is_slow(member_at(0)));
    cr_expect(member_is_usable(member_at(0)), "it is not down");
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(C_GenerateRandom(second, &byte, 1), CKR_OK);
    cr_expect_eq(C_GetAttributeValue(second, other.key, &id, 1), CKR_OK);
    cr_expect_eq(pool_find_key(second, 1), other.key);
    cr_expect_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_eq(hang_login(second), CKR_OK);
    more = router_session(1);
    cr_expect_eq(signer(more), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(C_CloseSession(more), CKR_OK);
    for (unsigned i = 0; i < N_FUNCTIONS; i++)
        cr_expect_eq(toy_count(TOY_SLOT(0), i), 0, "function %u", i);
    let_return();
    cr_expect_eq(signer(second), TOY_SLOT(0));
}

Test(group_slow, gets_no_share_where_the_load_is_shared)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .is_balanced = true });
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    for (unsigned i = 0; i < 50; i++)
        cr_assert_eq(signer(second), TOY_SLOT(TOY_SECOND));
    let_return();
    for (unsigned i = 0; i < 50; i++)
        (void)signer(second);
    cr_expect_gt(toy_count(TOY_SLOT(0), FUNCTION_C_Sign), 10);
}

Test(group_slow, is_asked_where_no_other_can)
{
    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    member_fail(member_at(1), NULL, CKR_DEVICE_REMOVED);
    cr_expect_eq(signer(second), TOY_SLOT(0));
    cr_expect_eq(pool_find_key(second, 1), other.key);
    let_return();
}

Test(group_slow, is_not_searched_for_what_others_have)
{
    CK_OBJECT_HANDLE objects[8];

    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    cr_expect_eq(router_find_all(second, objects, 8), 1);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_FindObjectsInit), 0);
    let_return();
}

/* Or an application would make it again (R7.19). */
Test(group_slow, is_searched_where_it_alone_has_something)
{
    CK_OBJECT_HANDLE objects[8];
    size_t n_before;

    start_plain();
    n_before = router_find_all(second, objects, 8);
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    cr_expect_eq(router_find_all(second, objects, 8), n_before);
    let_return();
}

static void
expect_to_wait(CK_OBJECT_HANDLE key)
{
    struct toy_result result;

    other.key = key;
    have_taken(COUNTED_RANDOM, 100);
    begin_call(HANG_RANDOM);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    let_return();
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

Test(group_slow, is_waited_for_where_it_alone_has_the_key)
{
    start((struct hang_setting){ .may_create_threads = true, .size = 1 });
    expect_to_wait(pool_find_key(second, 2));
}

Test(group_slow, is_waited_for_where_the_key_is_in_a_session_of_it)
{
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &private_key,
                                  sizeof(private_key) } };
    CK_OBJECT_HANDLE key;

    start((struct hang_setting){ .may_create_threads = true, .size = 1 });
    cr_assert_eq(C_CreateObject(second, template, 1, &key), CKR_OK);
    expect_to_wait(key);
}

/* -- For how long ------------------------------------------------------------
 */

Test(group_slow, has_twenty_times_as_long_as_usual)
{
    start_plain();
    have_taken(COUNTED_RANDOM, 100 * 1000);
    begin_call(HANG_RANDOM);
    cr_expect_not(member_is_slow(member_at(0)), "131 ms, twenty times");
    hang_pass(2);
    cr_expect(member_is_slow(member_at(0)));
    let_return();
}

/* One in twenty that took longer does not count. */
Test(group_slow, is_known_by_what_most_calls_take)
{
    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    for (unsigned i = 0; i < 3; i++)
        counts_note_latency(pool_counts(member_at(0)->pool), i, COUNTED_RANDOM,
                            5 * 1000 * 1000);
    begin_call(HANG_RANDOM);
    cr_expect(member_is_slow(member_at(0)));
    let_return();
}

Test(group_slow, is_known_after_a_second_where_nothing_is_known)
{
    start_plain();
    begin_call(HANG_RANDOM);
    hang_pass(1);
    cr_expect(member_is_slow(member_at(0)));
    let_return();
}

Test(group_slow, is_none_that_makes_a_key)
{
    start_plain();
    have_taken(COUNTED_GENERATE, 100);
    begin_call(HANG_GENERATE);
    hang_pass(60);
    cr_expect_not(member_is_slow(member_at(0)));
    let_return();
}

Test(group_slow, is_no_single_token)
{
    static const struct hang_setting single = { .may_create_threads = true };

    hang_start(&single);
    have_taken(COUNTED_RANDOM, 100);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_pass(5);
    cr_expect_not(member_is_slow(member_at(0)));
    let_return();
}

/* Each of them is counted. */
Test(group_slow, is_slow_until_all_such_calls_have_returned)
{
    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    hang_begin_call(&other, HANG_RANDOM, second);
    begin_call(HANG_RANDOM);
    cr_expect_eq(member_at(0)->n_slow, 2);
    cr_expect(member_is_slow(member_at(0)));
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    hang_pass(1);
    cr_expect_eq(member_at(0)->n_slow, 0);
    cr_expect_not(member_is_slow(member_at(0)));
}

/* -- Who is there already ----------------------------------------------------
 */

static void
expect_who_waits_to_leave(bool may_create_threads)
{
    struct toy_result result;

    start((struct hang_setting){ .may_create_threads = may_create_threads,
                                 .size = 1 });
    have_taken(COUNTED_RANDOM, 100);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    /* Who waits may be the one who looks, and be gone then. */
    for (int i = 0; i < 10 && !member_is_slow(member_at(0)); i++)
        hang_pass(1);
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(TOY_SECOND));
    cr_expect(member_is_slow(member_at(0)));
}

Test(group_slow, is_left_by_who_waits_for_a_backend_session)
{
    expect_who_waits_to_leave(true);
    let_return();
}

/* Where p11mux may have no threads those that wait look, and who comes next. */
Test(group_slow, is_looked_at_by_calls_where_there_is_no_thread)
{
    expect_who_waits_to_leave(false);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    pool_clock_move(100);
    cr_expect_eq(signer(second), TOY_SLOT(0));
}

/* And stands in line again. */
Test(group_slow, is_waited_for_again_where_another_one_fails)
{
    struct toy_result result;

    start((struct hang_setting){ .may_create_threads = true, .size = 1 });
    have_taken(COUNTED_RANDOM, 100);
    toy_fail(TOY_SLOT(TOY_SECOND), FUNCTION_C_SignInit, CKR_DEVICE_REMOVED, 1);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_pass(2);
    let_return();
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

/* Its backend session is closed later. */
static void
expect_operation_to_move(enum config_pool_mode mode)
{
    struct toy_result result;

    start((struct hang_setting){ .may_create_threads = true, .mode = mode });
    have_taken(COUNTED_RANDOM, 100);
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
    begin_call(HANG_RANDOM);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(TOY_SECOND));
    cr_expect(pool_is_result(&result, 1, "text", 4));
    let_return();
    cr_expect_eq(signer(second), TOY_SLOT(0));
    (void)pool_tend(member_at(0)->pool);
    /* The keeper and the one that has signed; the module itself also sees those
     * in which it is asked how it is. */
    cr_expect_eq(pool_count(member_at(0)->pool), 2);
}

Test(group_slow, is_left_by_an_operation_that_can_begin_again)
{
    expect_operation_to_move(POOL_OPERATION);
}

Test(group_slow, is_left_by_an_operation_in_a_session_of_its_own)
{
    expect_operation_to_move(POOL_NONE);
}

/* That was no failure (R7.6): it may fail over once more. */
Test(group_slow, is_asked_again_by_an_operation_that_another_one_fails)
{
    struct toy_result result;

    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
    begin_call(HANG_RANDOM);
    toy_fail(TOY_SLOT(TOY_SECOND), FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    let_return();
}

/* What was handed out cannot be made again. */
Test(group_slow, keeps_an_operation_that_cannot)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE data[16] = { 0 }, out[64];
    CK_ULONG length = sizeof(out);

    start_plain();
    have_taken(COUNTED_RANDOM, 100);
    cr_assert_eq(C_EncryptInit(second, &mechanism, other.key), CKR_OK);
    cr_assert_eq(C_EncryptUpdate(second, data, 16, out, &length), CKR_OK);
    begin_call(HANG_RANDOM);
    length = sizeof(out);
    cr_assert_eq(C_EncryptFinal(second, out, &length), CKR_OK);
    cr_expect_eq(toy_last(FUNCTION_C_EncryptFinal).slot, TOY_SLOT(0));
    let_return();
}
