/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process shows of its tokens is what was done with them. */
#include "tests/child.h"
#include "tests/counters-fixture.h"
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>

static void
start_with(enum config_pool_mode mode)
{
    struct config_pool settings = pool_settings(4);
    struct config *config;

    settings.mode = mode;
    config = pool_config(&settings);
    config->follows_forks = true;
    router_clock_stop();
    pool_add_keys(4);
    router_start(config);
}

static void
start(void)
{
    start_with(POOL_OPERATION);
}

static void
finish(void)
{
    (void)C_Finalize(NULL);
    cr_assert_eq(counters_count_files(), 0, "a file is left");
}

TestSuite(counters, .init = start, .fini = finish, .timeout = 60);
TestSuite(counters_held, .fini = finish, .timeout = 60);

/* So many signatures with the key of that number. */
static void
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, unsigned times)
{
    struct toy_result result;

    for (unsigned i = 0; i < times; i++) {
        cr_assert_eq(router_sign_init(session, key), CKR_OK);
        cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    }
}

static void
draw(CK_SESSION_HANDLE session, CK_RV expected, unsigned times)
{
    CK_BYTE byte;

    for (unsigned i = 0; i < times; i++)
        cr_assert_eq(C_GenerateRandom(session, &byte, 1), expected);
}

/* -- Calls ------------------------------------------------------------------
 */

Test(counters, are_those_of_the_calls)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_OBJECT_HANDLE key = pool_find_key(session, 1);
    const struct counters_member *member;

    sign(session, key, 30);
    draw(session, CKR_OK, 7);
    member = counters_look_at_member();
    cr_expect_eq(member->calls[COUNTED_SIGN], 60, "Init and Sign");
    cr_expect_eq(member->calls[COUNTED_RANDOM], 7);
    cr_expect_eq(member->calls[COUNTED_FIND], 1);
    cr_expect_eq(member->calls[COUNTED_VERIFY], 0);
}

Test(counters, of_a_token_are_also_those_that_no_member_saw)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_SESSION_INFO info;
    const struct total_token *token;
    CK_BYTE byte;

    draw(session, CKR_OK, 3);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    cr_assert_eq(C_DigestUpdate(session, &byte, 1),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    token = counters_look_at_token();
    cr_expect_eq(token->counts[COUNTER_TOKEN_CALLS], 6);
    cr_expect_eq(token->counts[COUNTER_TOKEN_REFUSED], 2);
    cr_expect_eq(total_calls(&token->members[0]), 3);
}

Test(counters, stay_when_their_sessions_are_closed)
{
    for (unsigned i = 0; i < 5; i++) {
        CK_SESSION_HANDLE session = router_session(1);

        draw(session, CKR_OK, 10);
        cr_assert_eq(C_DigestFinal(session, NULL, NULL), CKR_ARGUMENTS_BAD);
        cr_assert_eq(C_CloseSession(session), CKR_OK);
    }
    const struct total_token *token = counters_look_at_token();

    cr_expect_eq(token->counts[COUNTER_TOKEN_SESSIONS], 0);
    cr_expect_eq(token->counts[COUNTER_TOKEN_CALLS], 55);
    cr_expect_eq(token->counts[COUNTER_TOKEN_REFUSED], 5);
    cr_expect_eq(token->members[0].sums.calls[COUNTED_RANDOM], 50);
}

Test(counters, go_on_where_two_bytes_end)
{
    CK_SESSION_HANDLE session = router_session(1);

    draw(session, CKR_OK, 2 * TALLY_CARRY + 3);
    cr_expect_eq(counters_look_at_member()->calls[COUNTED_RANDOM],
                 2 * TALLY_CARRY + 3);
}

/* Of a function that is not repeated. */
Test(counters, tell_errors_by_their_class)
{
    static const struct {
        CK_RV rv;
        enum counter_class class;
    } rows[] = {
        { CKR_KEY_FUNCTION_NOT_PERMITTED, COUNTER_CLASS_USER },
        { CKR_DEVICE_REMOVED, COUNTER_CLASS_MEMBER_LOST },
        { CKR_GENERAL_ERROR, COUNTER_CLASS_AMBIGUOUS },
        { CKR_SESSION_COUNT, COUNTER_CLASS_BUSY },
        { CKR_KEY_HANDLE_INVALID, COUNTER_CLASS_HANDLE },
    };
    CK_SESSION_HANDLE session = router_session(1);
    const struct counters_member *member;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CK_BYTE seed = 0;

        toy_fail(TOY_ANY, FUNCTION_C_SeedRandom, rows[i].rv, (unsigned)i + 1);
        for (size_t k = 0; k <= i; k++)
            cr_assert_eq(C_SeedRandom(session, &seed, 1), rows[i].rv);
    }
    member = counters_look_at_member();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(member->errors[rows[i].class], i + 1, "class %d: %lu",
                     rows[i].class, member->errors[rows[i].class]);
    cr_expect_eq(member->calls[COUNTED_RANDOM], 15);
}

/* The first answer is one, and that of the repeated call is another. */
Test(counters, have_each_answer_of_a_repeated_call)
{
    CK_SESSION_HANDLE session = router_session(1);
    const struct counters_member *member;

    draw(session, CKR_OK, 1);
    toy_fail(TOY_ANY, FUNCTION_C_GenerateRandom, CKR_SESSION_HANDLE_INVALID, 1);
    draw(session, CKR_OK, 1);
    member = counters_look_at_member();
    cr_expect_eq(member->calls[COUNTED_RANDOM], 3);
    cr_expect_eq(member->errors[COUNTER_CLASS_SESSION_LOST], 1);
    cr_expect_eq(member->closes[COUNTER_CLOSE_LOST], 1);
}

Test(counters, have_logins_and_calls_on_slots)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_UTF8CHAR right[] = "1234", wrong[] = "4321";
    CK_TOKEN_INFO info;
    const struct counters_member *member;

    toys[0].pin = "1234";
    cr_assert_eq(C_Login(session, CKU_USER, wrong, 4), CKR_PIN_INCORRECT);
    cr_assert_eq(C_Login(session, CKU_USER, right, 4), CKR_OK);
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    member = counters_look_at_member();
    cr_expect_eq(member->events[COUNTER_LOGINS], 1);
    cr_expect_eq(member->events[COUNTER_LOGINS_FAILED], 1);
    cr_expect_eq(member->errors[COUNTER_CLASS_USER], 1);
    cr_expect_eq(member->calls[COUNTED_LOGIN], 2);
    cr_expect_geq(member->calls[COUNTED_OTHER], 1, "C_GetTokenInfo");
}

/* One in 64, whatever the calls take turns with. */
Test(counters, time_some_calls_of_each_kind)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_OBJECT_HANDLE key = pool_find_key(session, 1);
    const struct counters_member *member;
    uint64_t timed = 0;

    sign(session, key, 3200);
    member = counters_look_at_member();
    for (unsigned i = 0; i < COUNTER_BUCKETS; i++)
        timed += member->latency[COUNTED_SIGN][i];
    cr_expect(timed >= 95 && timed <= 105, "%lu of 6400", timed);
}

/* -- Pools -------------------------------------------------------------------
 */

static void
expect_levels(uint64_t idle, uint64_t busy, uint64_t pinned)
{
    const uint64_t *levels = counters_look_at_member()->levels;

    cr_expect_eq(levels[COUNTER_LEVEL_OPEN], idle + busy + pinned);
    cr_expect_eq(levels[COUNTER_LEVEL_IDLE], idle);
    cr_expect_eq(levels[COUNTER_LEVEL_BUSY], busy);
    cr_expect_eq(levels[COUNTER_LEVEL_PINNED], pinned);
}

Test(counters, show_what_backend_sessions_do)
{
    CK_SESSION_HANDLE session = router_session(1);
    CK_OBJECT_HANDLE key = pool_find_key(session, 1);
    struct toy_result result;

    expect_levels(2, 0, 0); /* with the keeper */
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    expect_levels(1, 1, 0);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    expect_levels(2, 0, 0);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    expect_levels(0, 0, 0);
    cr_expect_eq(counters_look_at_member()->events[COUNTER_OPENS], 2);
    cr_expect_eq(counters_look_at_member()->closes[COUNTER_CLOSE_DRAINED], 2);
}

Test(counters_held, show_what_virtual_sessions_keep)
{
    CK_SESSION_HANDLE session;

    start_with(POOL_SESSION);
    session = router_session(1);
    draw(session, CKR_OK, 3);
    expect_levels(1, 0, 1);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
}

Test(counters_held, show_those_without_a_pool)
{
    CK_SESSION_HANDLE session;

    start_with(POOL_NONE);
    session = router_session(1);
    draw(session, CKR_OK, 3);
    expect_levels(0, 0, 1);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_expect_eq(counters_look_at_member()->closes[COUNTER_CLOSE_ENDED], 1);
    cr_expect_eq(counters_look_at_member()->calls[COUNTED_RANDOM], 3);
}

/* -- Threads ------------------------------------------------------------------
 */

enum { THREADS = 4, ROUNDS = 2000 };

static void *
work(void *number)
{
    CK_OBJECT_HANDLE key;

    for (unsigned i = 0; i < ROUNDS / 100; i++) {
        CK_SESSION_HANDLE session = router_session(1);

        key = pool_find_key(session, *(const CK_ULONG *)number);
        sign(session, key, 100);
        cr_assert_eq(C_CloseSession(session), CKR_OK);
    }
    return NULL;
}

static void
expect_work(enum config_pool_mode mode)
{
    CK_SESSION_HANDLE keeper;
    CK_ULONG numbers[THREADS];
    pthread_t threads[THREADS];
    const struct total_token *token;

    start_with(mode);
    keeper = router_session(1);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    token = counters_look_at_token();
    cr_expect_eq(token->members[0].sums.calls[COUNTED_SIGN],
                 2 * THREADS * ROUNDS);
    cr_expect_eq(token->members[0].sums.calls[COUNTED_FIND],
                 THREADS * ROUNDS / 100);
    cr_expect_eq(total_errors(&token->members[0]), 0);
    cr_assert_eq(C_CloseSession(keeper), CKR_OK);
}

Test(counters_held, of_threads_that_take_turns_add_up)
{
    expect_work(POOL_OPERATION);
}

Test(counters_held, of_threads_that_keep_theirs_add_up)
{
    expect_work(POOL_SESSION);
}

Test(counters_held, of_threads_without_a_pool_add_up)
{
    expect_work(POOL_NONE);
}

/* -- Processes
 * ------------------------------------------------------------------ */

static CK_SESSION_HANDLE inherited;

static void
work_in_child(void)
{
    const struct total_token *token;

    toy_fork();
    draw(inherited, CKR_OK, 4);
    token = counters_look_at_token();
    CHILD_EXPECT(token->members[0].sums.calls[COUNTED_RANDOM] == 4);
    CHILD_EXPECT(token->counts[COUNTER_TOKEN_CALLS] == 4);
    token = &counters_look_at_all()->tokens[0];
    CHILD_EXPECT(token->n_processes == 2);
    CHILD_EXPECT(token->members[0].sums.calls[COUNTED_RANDOM] == 4 + 7);
    CHILD_EXPECT(C_Finalize(NULL) == CKR_OK);
}

Test(counters, of_a_forked_child_are_its_own)
{
    inherited = router_session(1);
    draw(inherited, CKR_OK, 7);
    (void)counters_look();
    cr_assert(child_run(work_in_child));
    draw(inherited, CKR_OK, 1);
    cr_expect_eq(counters_look_at_member()->calls[COUNTED_RANDOM], 8);
    cr_expect_eq(counters_look_at_all()->n_processes, 1);
}
