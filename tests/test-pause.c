/* SPDX-License-Identifier: BSD-3-Clause */
/* A token that is paused: what ends, what waits, and what is there again. */
#include "router/control.h"
#include "router/pause.h"
#include "tests/counters-fixture.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void
start(enum config_pool_mode mode, uint64_t wait_ms)
{
    static struct config_pool settings;

    settings = pool_settings(4);
    settings.mode = mode;
    settings.wait_ms = wait_ms;
    pool_start(&settings);
    toys[0].pin = FIXTURE_PIN;
    pool_add_keys(3);
    session = pool_session(CKF_RW_SESSION);
    cr_assert_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR[]){ "1234" }, 4),
                 CKR_OK);
    key = pool_find_key(session, 2);
}

static bool
signs(void)
{
    CK_RV rv;

    return pool_signs(session, key, 2, "text", &rv);
}

/* The device forgets everything that is not on its disk. */
static void
restart_device(void)
{
    toy_sessions_end(0);
    toys[0].user = LOGIN_NOBODY;
    toys[0].shift += 1000;
}

TestSuite(pause, .fini = pool_finish, .timeout = 10);

Test(pause, closes_what_nobody_uses)
{
    start(POOL_OPERATION, 30000);
    cr_assert(signs());
    cr_assert_gt(toy_count_sessions(0), 0);
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(toy_count_sessions(0), 0);
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(signs());
}

Test(pause, a_call_that_waited_signs_on_the_device_that_was_restarted)
{
    struct paused_call call;

    start(POOL_OPERATION, 30000);
    (void)paused_command(CONTROL_PAUSE, "one");
    call = (struct paused_call){ session, key, 2, 0, false, 0 };
    paused_call_begin(&call);
    restart_device();
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
    cr_expect_eq(toys[0].user, CKU_USER);
}

Test(pause, a_search_afterwards_shows_the_handles_of_before)
{
    start(POOL_OPERATION, 30000);
    (void)paused_command(CONTROL_PAUSE, "one");
    restart_device();
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect_eq(pool_find_key(session, 2), key);
    cr_expect(signs());
}

Test(pause, an_operation_of_several_parts_comes_to_its_end)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    uint64_t number;
    size_t running;

    start(POOL_OPERATION, 30000);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, (CK_BYTE[]){ "te" }, 2), CKR_OK);
    number = paused_command(CONTROL_PAUSE, "one");
    (void)paused_note(number, &running);
    cr_expect_eq(running, 1);
    cr_assert_eq(C_SignUpdate(session, (CK_BYTE[]){ "xt" }, 2), CKR_OK);
    cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_expect(pool_is_result(&result, 2, "text", 4));
    control_look_now();
    (void)paused_note(number, &running);
    cr_expect_eq(running, 0);
    cr_expect_eq(toy_count_sessions(0), 0);
}

Test(pause, a_call_is_refused_after_the_time_of_the_pool)
{
    struct toy_result result;
    CK_SESSION_HANDLE other;

    start(POOL_OPERATION, 0);
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(router_sign_init(session, key), CKR_FUNCTION_FAILED);
    cr_expect_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other),
                 CKR_FUNCTION_FAILED);
    cr_expect_eq(router_sign(session, "text", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(signs());
}

Test(pause, closing_and_infos_go_on)
{
    CK_SESSION_HANDLE other;
    CK_SESSION_INFO info;
    CK_TOKEN_INFO token;

    start(POOL_OPERATION, 30000);
    other = pool_session(0);
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_expect_eq(info.state, CKS_RW_USER_FUNCTIONS);
    cr_expect_eq(C_GetTokenInfo(1, &token), CKR_OK);
    cr_expect_eq(C_CloseSession(other), CKR_OK);
    cr_expect_eq(toy_count_sessions(0), 0);
}

Test(pause, the_last_session_may_be_closed)
{
    start(POOL_OPERATION, 30000);
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(C_CloseSession(session), CKR_OK);
    (void)paused_command(CONTROL_RESUME, "one");
    session = pool_session(CKF_RW_SESSION);
    cr_expect_eq(pool_find_key(session, 2) != 0, true);
}

Test(pause, what_a_session_keeps_is_closed)
{
    start(POOL_SESSION, 30000);
    cr_assert(signs());
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(toy_count_sessions(0), 0);
    restart_device();
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(signs());
}

Test(pause, calls_wait_where_sessions_are_the_applications_own)
{
    struct paused_call call;
    uint64_t number;
    size_t running;

    start(POOL_NONE, 30000);
    cr_assert(signs());
    number = paused_command(CONTROL_PAUSE, "one");
    (void)paused_note(number, &running);
    cr_expect_eq(running, 0);
    call = (struct paused_call){ session, key, 2, 0, false, 0 };
    paused_call_begin(&call);
    control_look_now();
    (void)paused_note(number, &running);
    cr_expect_eq(running, 0);
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
}

/* In any mode. */
static void
expect_waiting_for_call(enum config_pool_mode mode)
{
    struct paused_call call;
    uint64_t number;
    size_t running;

    start(mode, 30000);
    call = (struct paused_call){ session, key, 2, 0, false, 0 };
    toy_hold(TOY_ANY, FUNCTION_C_Sign);
    paused_call_start(&call);
    toy_wait_for_held();
    number = paused_command(CONTROL_PAUSE, "one");
    (void)paused_note(number, &running);
    cr_expect_eq(running, 1);
    toy_release();
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
    control_look_now();
    (void)paused_note(number, &running);
    cr_expect_eq(running, 0);
}

Test(pause, a_call_inside_the_module_is_waited_for)
{
    expect_waiting_for_call(POOL_OPERATION);
}

Test(pause, so_it_is_where_a_session_keeps_its_backend_session)
{
    expect_waiting_for_call(POOL_SESSION);
}

Test(pause, so_it_is_where_that_is_the_applications_own)
{
    expect_waiting_for_call(POOL_NONE);
}

Test(pause, of_all_tokens_ends_for_one)
{
    start(POOL_OPERATION, 0);
    (void)paused_command(CONTROL_PAUSE, NULL);
    cr_expect_not(signs());
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(signs());
    (void)paused_command(CONTROL_PAUSE, "B");
    cr_expect(signs());
}

/* In any mode. */
static void
expect_session_object(enum config_pool_mode mode)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE attributes[] = { { CKA_CLASS, &class, sizeof(class) } };
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE asked = { CKA_CLASS, &class, sizeof(class) };

    start(mode, 30000);
    cr_assert_eq(C_CreateObject(session, attributes, 1, &object), CKR_OK);
    (void)paused_command(CONTROL_PAUSE, "one");
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect_eq(C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
}

Test(pause, a_session_object_outlives_it)
{
    expect_session_object(POOL_OPERATION);
}

Test(pause, so_it_does_where_its_session_keeps_a_backend_session)
{
    expect_session_object(POOL_SESSION);
}

static enum object_answer
find_place(CK_OBJECT_HANDLE object)
{
    const struct token *token = router_token(1);
    CK_OBJECT_HANDLE there;

    return object_space_find(token->objects, object, 0,
                             atomic_load(&token->members[0].epoch), &there);
}

/* It is never taken for one that has its number by then. */
Test(pause, an_object_too_many_to_be_known_again_has_no_place)
{
    enum { MANY = 5000, FAR = 4500 };
    static CK_OBJECT_HANDLE objects[MANY + 8];
    CK_ULONG count;

    start(POOL_OPERATION, 30000);
    toys[0].n_anonymous = MANY;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(C_FindObjects(session, objects, MANY + 8, &count), CKR_OK);
    cr_assert_eq(C_FindObjectsFinal(session), CKR_OK);
    cr_assert_gt(count, MANY);
    cr_assert_eq(find_place(objects[FAR]), OBJECT_FOUND);
    (void)paused_command(CONTROL_PAUSE, "one");
    cr_expect_eq(find_place(objects[FAR]), OBJECT_UNBOUND);
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(signs());
}

/* With what waits for its end. */
Test(pause, is_shown)
{
    const struct counters_member *member;
    struct paused_call call;

    start(POOL_OPERATION, 30000);
    (void)paused_command(CONTROL_PAUSE, "one");
    call = (struct paused_call){ session, key, 2, 0, false, 0 };
    paused_call_begin(&call);
    cr_expect_eq(
        counters_look_at_token()->members[0].states[COUNTER_STATE_PAUSED], 1);
    member = counters_look_at_member();
    cr_expect_eq(member->levels[COUNTER_LEVEL_WAITING], 1);
    cr_expect_eq(member->levels[COUNTER_LEVEL_OPEN], 0);
    (void)paused_command(CONTROL_RESUME, "one");
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
    cr_expect_eq(counters_look_at_token()->members[0].states[COUNTER_STATE_UP],
                 1);
}
