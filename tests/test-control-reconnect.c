/* SPDX-License-Identifier: BSD-3-Clause */
/* Other backend sessions for a token, as the operator's tool asks for them. */
#include "router/control.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

/* A pool's mode, and how many sessions its token allows; 0: no limit. */
struct kind {
    enum config_pool_mode mode;
    CK_ULONG most_sessions;
};

static struct kind kinds[] = {
    { POOL_OPERATION, 0 }, { POOL_SESSION, 0 }, { POOL_NONE, 0 },
    { POOL_OPERATION, 1 }, { POOL_SESSION, 1 }, { POOL_OPERATION, 2 },
};

static void
start(const struct kind *kind)
{
    static struct config_pool settings;
    struct config *config;

    settings = pool_settings(4);
    settings.mode = kind->mode;
    config = pool_config(&settings);
    toys[0].most_sessions = kind->most_sessions;
    toys[0].pin = FIXTURE_PIN;
    pool_add_keys(3);
    router_start(config);
    session = pool_session(CKF_RW_SESSION);
    cr_assert_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR[]){ FIXTURE_PIN }, 4),
                 CKR_OK);
    key = pool_find_key(session, 2);
}

static void
expect_signature(void)
{
    CK_RV rv = CKR_OK;

    cr_assert(pool_signs(session, key, 2, "text", &rv), "0x%lx", rv);
}

static size_t
count(enum function function)
{
    return toy_count(TOY_ANY, function);
}

TestSuite(control_reconnect, .fini = pool_finish, .timeout = 10);

ParameterizedTestParameters(control_reconnect, replaces_all)
{
    return cr_make_param_array(struct kind, kinds,
                               sizeof(kinds) / sizeof(kinds[0]));
}
ParameterizedTest(struct kind *kind, control_reconnect, replaces_all)
{
    CK_SESSION_HANDLE before;
    size_t n_before, n_closed;

    start(kind);
    expect_signature();
    before = pool_used(FUNCTION_C_Sign);
    n_before = toy_count_sessions(0);
    n_closed = count(FUNCTION_C_CloseSession);
    (void)paused_command(CONTROL_RECONNECT, "one");
    expect_signature();
    cr_expect_neq(pool_used(FUNCTION_C_Sign), before);
    cr_expect_geq(count(FUNCTION_C_CloseSession), n_closed + n_before);
    cr_expect_leq(toy_count_sessions(0), n_before);
    cr_expect_eq(toys[0].user, CKU_USER);
    cr_expect_eq(pool_find_key(session, 2), key);
}

/* Who opens the first session, or logs in, uses the keeper without taking it.
 */
Test(control_reconnect, replaces_no_keeper_beside_who_has_the_tokens_turn)
{
    struct turn *turn;
    struct pool *pool;
    CK_SESSION_HANDLE before;

    start(&kinds[0]);
    turn = &router_token(1)->login.turn;
    pool = router_token(1)->members[0].pool;
    before = pool_keeper(pool)->handle;
    cr_assert(turn_take(turn, deadline_now()));
    (void)paused_command(CONTROL_RECONNECT, "one");
    cr_expect_eq(pool_keeper(pool)->handle, before);
    turn_give(turn);
    control_look_now();
    expect_signature();
    cr_expect_neq(pool_keeper(pool)->handle, before);
}

Test(control_reconnect, is_done_once)
{
    size_t n_opened;

    start(&kinds[0]);
    (void)paused_command(CONTROL_RECONNECT, NULL);
    expect_signature();
    n_opened = count(FUNCTION_C_OpenSession);
    control_look_now();
    /* What is said of others does not repeat it. */
    (void)paused_command(CONTROL_RECONNECT, "B");
    expect_signature();
    cr_expect_eq(count(FUNCTION_C_OpenSession), n_opened);
    (void)paused_command(CONTROL_RECONNECT, "one");
    expect_signature();
    cr_expect_gt(count(FUNCTION_C_OpenSession), n_opened);
}

Test(control_reconnect, is_nothing_to_a_process_that_starts_later)
{
    size_t n_closed;

    (void)paused_write(CONTROL_RECONNECT, NULL);
    start(&kinds[0]);
    expect_signature();
    n_closed = count(FUNCTION_C_CloseSession);
    control_look_now();
    cr_expect_eq(count(FUNCTION_C_CloseSession), n_closed);
}

Test(control_reconnect, of_a_paused_token_waits_for_the_end_of_that)
{
    size_t n_opened;

    start(&kinds[0]);
    (void)paused_command(CONTROL_PAUSE, "one");
    n_opened = count(FUNCTION_C_OpenSession);
    (void)paused_command(CONTROL_RECONNECT, "one");
    cr_expect_eq(count(FUNCTION_C_OpenSession), n_opened);
    cr_expect_eq(toy_count_sessions(0), 0);
    (void)paused_command(CONTROL_RESUME, "one");
    expect_signature();
}

Test(control_reconnect, leaves_an_operation_where_it_began)
{
    struct toy_result result;
    CK_SESSION_HANDLE before;

    start(&kinds[0]);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    before = pool_used(FUNCTION_C_SignInit);
    (void)paused_command(CONTROL_RECONNECT, "one");
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    cr_expect_eq(pool_used(FUNCTION_C_Sign), before);
    expect_signature();
    cr_expect_neq(pool_used(FUNCTION_C_Sign), before);
}

/* Nobody is refused meanwhile. */
ParameterizedTestParameters(control_reconnect, of_all_that_a_token_allows_waits)
{
    static struct kind full[] = { { POOL_OPERATION, 1 },
                                  { POOL_OPERATION, 2 } };

    return cr_make_param_array(struct kind, full,
                               sizeof(full) / sizeof(full[0]));
}
ParameterizedTest(struct kind *kind, control_reconnect,
                  of_all_that_a_token_allows_waits)
{
    struct paused_call call;
    struct toy_result result;
    CK_SESSION_HANDLE before, other;
    size_t running;
    uint64_t number;

    start(kind);
    other = pool_session(0);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    before = pool_used(FUNCTION_C_SignInit);
    number = paused_command(CONTROL_RECONNECT, "one");
    cr_expect_lt(paused_note(number, &running).seen, number);
    call = (struct paused_call){ other, key, 2, 0, false, 0 };
    paused_call_begin(&call);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    control_look_now();
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
    cr_expect_neq(pool_used(FUNCTION_C_Sign), before);
    cr_expect_eq(paused_note(number, &running).seen, number);
    cr_expect_eq(toys[0].user, CKU_USER);
}

/* Session objects would end with it. */
ParameterizedTestParameters(control_reconnect, keeps_session_objects)
{
    return cr_make_param_array(struct kind, kinds,
                               sizeof(kinds) / sizeof(kinds[0]));
}
ParameterizedTest(struct kind *kind, control_reconnect, keeps_session_objects)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE attributes[] = { { CKA_CLASS, &class, sizeof(class) } };
    CK_ATTRIBUTE asked = { CKA_CLASS, &class, sizeof(class) };
    CK_OBJECT_HANDLE object;

    start(kind);
    cr_assert_eq(C_CreateObject(session, attributes, 1, &object), CKR_OK);
    (void)paused_command(CONTROL_RECONNECT, "one");
    expect_signature();
    cr_expect_eq(C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
}
