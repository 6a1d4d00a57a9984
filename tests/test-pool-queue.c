/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that wait for a backend session: in which order they get one, for how
 * long they wait, and what waiting does not hold up (R1.26, R4.6). */
#include "tests/heard.h"
#include "tests/pool-call.h"

#include <criterion/criterion.h>
#include <string.h>

enum { N_CALLS = 8, WAIT_MS = 5000 };

static CK_SESSION_HANDLE holder;
static CK_OBJECT_HANDLE key;
static struct pool_call calls[N_CALLS];

/* One backend session besides the keeper. */
static void
setup(void)
{
    struct config_pool settings = pool_settings(1);
    struct config *config;

    settings.wait_ms = WAIT_MS;
    config = pool_config(&settings);
    router_clock_stop();
    pool_add_keys(N_CALLS);
    router_start(config);
    holder = pool_session(CKF_RW_SESSION);
    key = pool_find_key(holder, 1);
    for (CK_ULONG i = 0; i < N_CALLS; i++) {
        calls[i].session = pool_session(CKF_RW_SESSION);
        calls[i].number = i + 1;
        calls[i].key = pool_find_key(holder, i + 1);
    }
}

TestSuite(pool_queue, .init = setup, .fini = pool_finish, .timeout = 20);

static void
hold(void)
{
    cr_assert_eq(router_sign_init(holder, key), CKR_OK);
}

static void
let_go(void)
{
    struct toy_result result;

    cr_assert_eq(router_sign(holder, "text", &result), CKR_OK);
}

static void
expect_signed(struct pool_call *call)
{
    cr_assert_eq(pool_call_end(call), CKR_OK, "key %lu: 0x%lx", call->number,
                 call->rv);
    cr_assert(call->is_right, "another's signature");
}

Test(pool_queue, serves_in_the_order_of_coming)
{
    hold();
    for (unsigned i = 0; i < N_CALLS; i++)
        pool_call_begin_waiting(&calls[i], i + 1);
    let_go();
    for (unsigned i = 0; i < N_CALLS; i++)
        expect_signed(&calls[i]);
    for (unsigned i = 1; i < N_CALLS; i++)
        cr_assert_gt(calls[i].turn, calls[i - 1].turn, "%u came after %u", i,
                     i - 1);
}

Test(pool_queue, wants_no_second_backend_session)
{
    hold();
    for (unsigned i = 0; i < N_CALLS; i++)
        pool_call_begin_waiting(&calls[i], i + 1);
    cr_assert_eq(toy_count_sessions(0), 2, "one and the keeper");
    let_go();
    for (unsigned i = 0; i < N_CALLS; i++)
        expect_signed(&calls[i]);
    cr_assert_eq(toy_count_sessions(0), 2);
}

Test(pool_queue, refuses_when_the_wait_is_over_and_not_before)
{
    const char *heard;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    heard_begin();
    router_clock_move(WAIT_MS - 1);
    waiting_look();
    cr_assert_eq(waiting_now(), 1, "it still waits");
    router_clock_move(1);
    cr_assert_eq(pool_call_end(&calls[0]), CKR_FUNCTION_FAILED);
    heard = heard_end();
    cr_assert_not_null(strstr(heard, "one"), "the token's name: %s", heard);
    cr_assert_not_null(strchr(heard, '\n'), "one line: %s", heard);
    cr_assert_str_empty(strchr(heard, '\n') + 1, "one line: %s", heard);
    let_go();
}

Test(pool_queue, goes_on_behind_one_that_gave_up)
{
    hold();
    pool_call_begin_waiting(&calls[0], 1);
    router_clock_move(WAIT_MS / 2);
    pool_call_begin_waiting(&calls[1], 2);
    pool_call_begin_waiting(&calls[2], 3);
    router_clock_move(WAIT_MS / 2);
    cr_assert_eq(pool_call_end(&calls[0]), CKR_FUNCTION_FAILED);
    waiting_until(2);
    let_go();
    expect_signed(&calls[1]);
    expect_signed(&calls[2]);
    cr_assert_lt(calls[1].turn, calls[2].turn);
}

Test(pool_queue, takes_one_back_that_was_refused_as_if_nothing_had_been)
{
    CK_RV rv;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    router_clock_move(WAIT_MS);
    cr_assert_eq(pool_call_end(&calls[0]), CKR_FUNCTION_FAILED);
    let_go();
    cr_assert(pool_signs(calls[0].session, calls[0].key, 1, "text", &rv),
              "0x%lx", rv);
}

/* Conformance 8: whoever holds one does not wait for another. */
Test(pool_queue, is_no_place_for_a_session_with_an_operation)
{
    CK_SESSION_HANDLE its;
    CK_BYTE id[2], byte;
    CK_ATTRIBUTE wanted = { CKA_ID, id, sizeof(id) };

    hold();
    its = pool_used(FUNCTION_C_SignInit);
    cr_assert_eq(C_GetAttributeValue(holder, key, &wanted, 1), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_GetAttributeValue), its);
    cr_assert_eq(C_GenerateRandom(holder, &byte, 1), CKR_OK);
    cr_assert_eq(pool_used(FUNCTION_C_GenerateRandom), its);
    let_go();
    cr_assert_eq(pool_used(FUNCTION_C_Sign), its);
}

/* Conformance 12: these need no backend session. */
Test(pool_queue, holds_up_nothing_that_needs_none)
{
    CK_SESSION_HANDLE another;
    CK_SESSION_INFO info;
    CK_TOKEN_INFO token;
    CK_ULONG count;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    another = pool_session(CKF_RW_SESSION);
    cr_assert_eq(C_GetSessionInfo(another, &info), CKR_OK);
    cr_assert_eq(C_GetTokenInfo(1, &token), CKR_OK);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    cr_assert_eq(C_CloseSession(another), CKR_OK);
    cr_assert_eq(waiting_now(), 1);
    let_go();
    expect_signed(&calls[0]);
}

/* The session that holds the login is no part of the queue. */
Test(pool_queue, holds_up_no_login)
{
    hold();
    pool_call_begin_waiting(&calls[0], 1);
    cr_assert_eq(C_Login(calls[1].session, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER);
    let_go();
    expect_signed(&calls[0]);
    cr_assert_eq(C_Logout(holder), CKR_OK);
}

Test(pool_queue, gives_back_what_comes_for_a_session_that_was_closed)
{
    CK_SESSION_INFO info;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    pool_call_begin_waiting(&calls[1], 2);
    cr_assert_eq(C_CloseSession(calls[0].session), CKR_OK);
    cr_assert_eq(C_GetSessionInfo(calls[0].session, &info),
                 CKR_SESSION_HANDLE_INVALID);
    let_go();
    (void)pool_call_end(&calls[0]);
    expect_signed(&calls[1]);
    cr_assert_eq(toy_active(0), 0);
}

Test(pool_queue, is_left_at_once_when_p11mux_ends)
{
    hold();
    for (unsigned i = 0; i < N_CALLS; i++)
        pool_call_begin_waiting(&calls[i], i + 1);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    for (unsigned i = 0; i < N_CALLS; i++)
        cr_assert_eq(pool_call_end(&calls[i]), CKR_CRYPTOKI_NOT_INITIALIZED,
                     "0x%lx", calls[i].rv);
    cr_assert_eq(toy_count_sessions(0), 0);
    setup();
}

/* One that is closed since nobody knows what is left in it makes room. */
Test(pool_queue, goes_on_when_the_backend_session_was_closed)
{
    struct toy_result result;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
    cr_assert_eq(router_sign(holder, "text", &result), CKR_GENERAL_ERROR);
    expect_signed(&calls[0]);
    cr_assert_leq(toy_count_sessions(0), 2);
}

/* The one that opens another in the place of a closed one may fail to. */
Test(pool_queue, outlasts_an_opening_that_fails)
{
    struct toy_result result;
    CK_RV rv;

    hold();
    pool_call_begin_waiting(&calls[0], 1);
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_FUNCTION_FAILED, 1);
    toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_GENERAL_ERROR, 1);
    cr_assert_eq(router_sign(holder, "text", &result), CKR_GENERAL_ERROR);
    rv = pool_call_end(&calls[0]);
    cr_assert(rv == CKR_OK || rv == CKR_FUNCTION_FAILED, "0x%lx", rv);
    toy_reset_rules();
    cr_assert(pool_signs(holder, key, 1, "text", &rv), "0x%lx", rv);
}

Test(pool_queue, has_those_parked_by_others_taken_without_waiting)
{
    CK_SESSION_HANDLE its;
    CK_RV rv;

    cr_assert(pool_signs(holder, key, 1, "text", &rv), "0x%lx", rv);
    its = pool_used(FUNCTION_C_Sign);
    for (unsigned i = 0; i < N_CALLS; i++) {
        cr_assert(pool_signs(calls[i].session, calls[i].key, i + 1, "text",
                             &rv),
                  "0x%lx", rv);
        cr_assert_eq(pool_used(FUNCTION_C_Sign), its);
    }
    cr_assert_eq(toy_count_sessions(0), 2);
}

/* -- What serves nobody who waits --------------------------------------------
 */

/* On the real clock: with a test's one a waiter looks up by itself. And who
 * waits looks up when its time is over, which is after that of the test. */
static void
setup_read_only(void)
{
    struct config_pool settings = pool_settings(1);
    CK_OBJECT_HANDLE made;

    settings.wait_ms = 60 * 1000;
    pool_start(&settings);
    pool_add_keys(1);
    holder = pool_session(0);
    key = pool_find_key(holder, 1);
    calls[0].session = pool_session(CKF_RW_SESSION);
    calls[0].number = 1;
    calls[0].key = key;
    /* What may write is for a R/O one: that is the only one from now on. */
    toy_fail(TOY_ANY, FUNCTION_C_CreateObject, CKR_TEMPLATE_INCOMPLETE, 1);
    cr_assert_eq(C_CreateObject(holder, NULL, 0, &made),
                 CKR_TEMPLATE_INCOMPLETE);
}

TestSuite(pool_queue_read_only, .init = setup_read_only, .fini = pool_finish,
          .timeout = 20);

Test(pool_queue_read_only, makes_room_for_who_wants_to_write)
{
    hold();
    pool_call_begin_waiting(&calls[0], 1);
    let_go();
    expect_signed(&calls[0]);
}
