/* SPDX-License-Identifier: BSD-3-Clause */
/* A pool that takes other settings over while calls use it. */
#include "tests/pool-call.h"

#include <criterion/criterion.h>

enum { N_SESSIONS = 4, SHORT_MS = 100 };

static struct pool *pool;
static CK_SESSION_HANDLE sessions[N_SESSIONS];
static CK_OBJECT_HANDLE key;

static void
start(size_t size)
{
    struct config_pool settings = pool_settings(size);
    struct config *config = pool_config(&settings);

    pool_clock_begin();
    pool_add_keys(1);
    router_start(config);
    pool = router_token(1)->members[0].pool;
    for (unsigned i = 0; i < N_SESSIONS; i++)
        sessions[i] = pool_session(CKF_RW_SESSION);
    key = pool_find_key(sessions[0], 1);
}

static void
setup_one(void)
{
    start(1);
}

static void
setup_four(void)
{
    start(N_SESSIONS);
}

TestSuite(pool_reload, .init = setup_one, .fini = pool_finish, .timeout = 20);
TestSuite(pool_reload_four, .init = setup_four, .fini = pool_finish,
          .timeout = 20);

/* Lent until the end of the test, as a pool wants it. */
static void
reload(size_t size, uint64_t wait_ms)
{
    static struct config_pool settings[N_SESSIONS];
    static unsigned n;

    settings[n] = pool_settings(size);
    settings[n].wait_ms = wait_ms;
    pool_reload(pool, &settings[n++]);
}

static void
begin(unsigned index)
{
    cr_assert_eq(router_sign_init(sessions[index], key), CKR_OK);
}

static void
end(unsigned index)
{
    struct toy_result result;

    cr_assert_eq(router_sign(sessions[index], "text", &result), CKR_OK);
}

/* Besides the keeper. */
static size_t
count_open(void)
{
    return toy_count_sessions(0) - 1;
}

Test(pool_reload, a_larger_one_serves_who_waits_already)
{
    struct pool_call call = { .session = sessions[1], .number = 1, .key = key };

    begin(0);
    pool_call_begin_waiting(&call, 1);
    cr_assert_eq(count_open(), 1);
    reload(2, 30000);
    cr_assert_eq(pool_call_end(&call), CKR_OK);
    cr_assert(call.is_right);
    cr_assert_eq(count_open(), 2);
    end(0);
}

Test(pool_reload, who_comes_later_waits_as_long_as_is_said_now)
{
    struct pool_call call = { .session = sessions[1], .number = 1, .key = key };

    reload(1, SHORT_MS);
    begin(0);
    pool_call_begin_waiting(&call, 1);
    pool_clock_move(SHORT_MS + 1);
    cr_assert_eq(pool_call_end(&call), CKR_FUNCTION_FAILED);
    end(0);
}

Test(pool_reload_four, a_smaller_one_closes_what_idles_at_once)
{
    for (unsigned i = 0; i < N_SESSIONS; i++)
        begin(i);
    for (unsigned i = 0; i < N_SESSIONS; i++)
        end(i);
    cr_assert_eq(count_open(), N_SESSIONS);
    reload(1, 30000);
    cr_assert_eq(count_open(), 1);
}

Test(pool_reload_four, a_smaller_one_lets_what_runs_come_to_its_end)
{
    for (unsigned i = 0; i < N_SESSIONS; i++)
        begin(i);
    reload(1, 30000);
    cr_assert_eq(count_open(), N_SESSIONS);
    for (unsigned i = 0; i < N_SESSIONS; i++)
        end(i);
    cr_assert_eq(count_open(), 1);
    begin(0);
    end(0);
    cr_assert_eq(count_open(), 1);
}

Test(pool_reload_four, no_size_is_what_the_token_allows)
{
    reload(1, 30000);
    reload(0, 30000);
    for (unsigned i = 0; i < N_SESSIONS; i++)
        begin(i);
    cr_assert_eq(count_open(), N_SESSIONS);
    for (unsigned i = 0; i < N_SESSIONS; i++)
        end(i);
}
