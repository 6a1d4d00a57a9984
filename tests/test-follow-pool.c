/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools and logins of a forked child that goes on where its parent was. */
#include "router/process.h"
#include "tests/child.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_UTF8CHAR pin[] = "1234";

static void
start_with(struct config *config)
{
    router_clock_stop();
    config->follows_forks = true;
    toys[0].pin = "1234";
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    router_start(config);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static struct config *
config_pooled(void)
{
    struct config *config = router_config();

    router_config_token(config, "one", "A", NULL);
    config->tokens[0].pool = config_pool_default;
    return config;
}

static void
start(void)
{
    start_with(config_pooled());
}

static void
start_with_source(void)
{
    struct config *config = config_pooled();

    setenv("P11MUX_TEST_PIN", "1234", 1);
    config->tokens[0].pin =
        (struct config_pin){ .kind = PIN_VARIABLE,
                             .text = strdup("P11MUX_TEST_PIN") };
    start_with(config);
}

static void
finish(void)
{
    C_Finalize(NULL);
    clock_set_source(NULL);
}

TestSuite(follow_pool, .init = start, .fini = finish, .timeout = 60);
TestSuite(follow_login, .init = start_with_source, .fini = finish,
          .timeout = 60);

static bool
signs(void)
{
    struct toy_result result = { 0 };

    return router_sign_init(session, key) == CKR_OK &&
           router_sign(session, "data", &result) == CKR_OK &&
           result.number == 7;
}

static CK_STATE
state(void)
{
    CK_SESSION_INFO info = { .state = CK_UNAVAILABLE_INFORMATION };

    (void)C_GetSessionInfo(session, &info);
    return info.state;
}

/* -- Pools ---------------------------------------------------------------- */

/* The tender counts uses, so that it has to look twice. */
static void
idle(void)
{
    struct pool *pool;

    toy_fork();
    CHILD_EXPECT(signs());
    pool = router_token(1)->members[0].pool;
    CHILD_EXPECT(pool_count(pool) == 2);
    while (pool_count(pool) > 1) {
        router_clock_move(60 * 1000);
        sched_yield();
    }
    CHILD_EXPECT(signs());
}

Test(follow_pool, what_a_child_does_not_use_is_closed)
{
    cr_assert(child_run(idle));
    cr_assert(signs());
}

/* Its sessions are its own, and those of the parent are not closed. */
static void
close_session(void)
{
    toy_fork();
    CHILD_EXPECT(signs());
    CHILD_EXPECT(toy_count_sessions(0) == 2);
    CHILD_EXPECT(C_CloseSession(session) == CKR_OK);
    CHILD_EXPECT(toy_count_sessions(0) == 0);
}

Test(follow_pool, the_last_close_of_a_child_is_its_own)
{
    cr_assert(signs());
    cr_assert(child_run(close_session));
    cr_assert_eq(toy_count_sessions(0), 2);
    cr_assert(signs());
}

/* -- Logins --------------------------------------------------------------- */

static void
be_nobody(void)
{
    toy_fork();
    CHILD_EXPECT(state() == CKS_RW_PUBLIC_SESSION);
    CHILD_EXPECT(C_Login(session, CKU_USER, pin, 4) == CKR_OK);
    CHILD_EXPECT(signs());
}

/* The parent's PIN does not reach it. */
Test(follow_pool, without_a_source_a_child_is_not_logged_in)
{
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert(child_run(be_nobody));
    cr_assert_eq(state(), CKS_RW_USER_FUNCTIONS);
}

static void
be_the_user(void)
{
    toy_fork();
    CHILD_EXPECT(state() == CKS_RW_USER_FUNCTIONS);
    CHILD_EXPECT(signs());
    CHILD_EXPECT(toys[0].user == CKU_USER);
    CHILD_EXPECT(C_Login(session, CKU_USER, pin, 4) ==
                 CKR_USER_ALREADY_LOGGED_IN);
    CHILD_EXPECT(C_Logout(session) == CKR_OK);
    CHILD_EXPECT(state() == CKS_RW_PUBLIC_SESSION);
}

Test(follow_login, with_a_source_a_child_is_logged_in_again)
{
    cr_assert_eq(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    cr_assert(child_run(be_the_user));
    cr_assert_eq(state(), CKS_RW_USER_FUNCTIONS);
}

static void
be_public(void)
{
    toy_fork();
    CHILD_EXPECT(state() == CKS_RW_PUBLIC_SESSION);
    CHILD_EXPECT(signs());
    CHILD_EXPECT(toys[0].user != CKU_USER);
}

Test(follow_login, a_child_is_not_more_than_its_parent)
{
    cr_assert(child_run(be_public));
}
