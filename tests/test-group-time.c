/* SPDX-License-Identifier: BSD-3-Clause */
/* How long one call on a group may take: each summand of the formula in
 * doc/groups.md, on a clock that only the members move. */
#include "common/clock.h"
#include "tests/pool-call.h"

#include <criterion/criterion.h>

enum { N_MEMBERS = 4, N_RULES = 8 };

/* What a function of a member takes, and answers. */
static struct cost {
    unsigned member;
    enum function function;
    unsigned ms;
    CK_RV rv; /* CKR_OK: what it always does */
} costs[N_RULES];
static size_t n_costs;

static struct config_pool settings;
static struct config_token rule;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static struct toy_result result;

static bool
take_time(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    (void)arguments;
    for (size_t i = 0; i < n_costs; i++)
        if (costs[i].function == function &&
            slot == TOY_SLOT(costs[i].member)) {
            pool_clock_move(costs[i].ms);
            *rv = costs[i].rv;
            return costs[i].rv != CKR_OK;
        }
    return false;
}

static void
cost(unsigned member, enum function function, unsigned ms, CK_RV rv)
{
    costs[n_costs++] = (struct cost){ member, function, ms, rv };
}

static void
setup(void)
{
    struct config *config = router_config();

    for (unsigned i = 0; i < N_MEMBERS; i++) {
        toy_show(i, (const char *[]){ "A", "B", "C", "D" }[i]);
        toy_add_key(i, CKO_PRIVATE_KEY, 7);
    }
    settings = pool_settings(1);
    router_config_token(config, "four", "A", "B", "C", "D", NULL);
    config->tokens[0].pool = settings;
    pool_clock_begin();
    router_start(config);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    toy_set_hook(take_time);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(group_time, .init = setup, .fini = finish, .timeout = 60);

/* C_Sign on the first member, and whoever comes then. */
static uint64_t
sign_for_ms(CK_RV expected)
{
    uint64_t begun;
    CK_RV rv;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    begun = clock_now();
    rv = router_sign(session, "data", &result);
    cr_expect_eq(rv, expected, "0x%lx", rv);
    return (clock_now() - begun) / 1000 / 1000;
}

/* -- answer, probe and last --------------------------------------------------
 */

Test(group_time, is_the_answer_and_the_next_member_where_the_device_is_gone)
{
    cost(0, FUNCTION_C_Sign, 700, CKR_DEVICE_REMOVED);
    cost(1, FUNCTION_C_SignInit, 60, CKR_OK);
    cost(1, FUNCTION_C_Sign, 900, CKR_OK);
    cr_expect_eq(sign_for_ms(CKR_OK), 700 + 60 + 900);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}

static void
fail_and_be_probed(CK_RV rv)
{
    cost(0, FUNCTION_C_Sign, 700, rv);
    cost(0, FUNCTION_C_GetSlotInfo, 1, CKR_OK);
    cost(0, FUNCTION_C_GetTokenInfo, 20, CKR_OK);
    cost(0, FUNCTION_C_GetSessionInfo, 300, CKR_OK);
    cost(0, FUNCTION_C_GenerateRandom, 4000, CKR_DEVICE_ERROR);
    cost(1, FUNCTION_C_SignInit, 60, CKR_OK);
    cost(1, FUNCTION_C_Sign, 900, CKR_OK);
}

Test(group_time, has_a_probe_where_the_answer_may_mean_anything)
{
    fail_and_be_probed(CKR_GENERAL_ERROR);
    cr_expect_eq(sign_for_ms(CKR_OK), 700 + (1 + 20 + 300 + 4000) + 60 + 900);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}

/* R3.20: the application may ask for it, and the session is gone then. */
Test(group_time, has_a_question_more_where_the_device_has_an_error_of_its_own)
{
    fail_and_be_probed(CKR_DEVICE_ERROR);
    cr_expect_eq(sign_for_ms(CKR_OK),
                 700 + (1 + 20 + 2 * 300 + 4000) + 60 + 900);
    cr_expect_eq(result.slot, TOY_SLOT(1));
}

/* -- call_budget -------------------------------------------------------------
 */

/* B and C fail before they have begun; D could do it. */
static void
fail_three(void)
{
    cost(0, FUNCTION_C_Sign, 700, CKR_DEVICE_REMOVED);
    cost(1, FUNCTION_C_SignInit, 3000, CKR_DEVICE_REMOVED);
    cost(2, FUNCTION_C_SignInit, 4000, CKR_DEVICE_REMOVED);
    cost(3, FUNCTION_C_SignInit, 60, CKR_OK);
}

/* Who is asked last was asked in time. */
Test(group_time, is_the_budget_and_the_last_one_where_several_fail)
{
    fail_three();
    cr_expect_eq(sign_for_ms(CKR_DEVICE_REMOVED), 700 + 3000 + 4000);
    cr_expect_leq(3000 + 4000, router_token(1)->rule->call_budget_ms + 4000);
    cr_expect_eq(toy_count(TOY_SLOT(3), FUNCTION_C_SignInit), 0);
}

Test(group_time, is_all_of_them_without_a_budget)
{
    rule = *router_token(1)->rule;
    rule.call_budget_ms = NO_TIME;
    router_token(1)->rule = &rule;
    fail_three();
    cr_expect_eq(sign_for_ms(CKR_OK), 700 + 3000 + 4000 + 60);
    cr_expect_eq(result.slot, TOY_SLOT(3));
}

Test(group_time, ends_with_the_first_failure_where_there_is_no_time_for_more)
{
    rule = *router_token(1)->rule;
    rule.call_budget_ms = 2999;
    router_token(1)->rule = &rule;
    fail_three();
    cr_expect_eq(sign_for_ms(CKR_DEVICE_REMOVED), 700 + 3000);
    cr_expect_eq(toy_count(TOY_SLOT(2), FUNCTION_C_SignInit), 0);
}

/* -- wait --------------------------------------------------------------------
 */

/* Its one backend session is busy for ever. */
Test(group_time, has_a_wait_in_line_before)
{
    struct pool_call waits = { .session = router_session(1),
                               .number = 7,
                               .key = key };
    uint64_t begun, waited_ms;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    begun = clock_now();
    pool_call_begin_waiting(&waits, 1);
    pool_clock_move(settings.wait_ms - 1000);
    waiting_look();
    cr_expect_eq(waiting_now(), 1);
    pool_clock_move(1000);
    cr_expect_eq(pool_call_end(&waits), CKR_OK);
    waited_ms = (clock_now() - begun) / 1000 / 1000;
    cr_expect_geq(waited_ms, settings.wait_ms);
    cr_expect_lt(waited_ms, settings.wait_ms + 1000);
    cr_expect_eq(toy_last(FUNCTION_C_Sign).slot, TOY_SLOT(1));
}
