/* SPDX-License-Identifier: BSD-3-Clause */
/* Each function of a group whose first member answers each class of codes (7.1,
 * 7.3), in each mode of a pool. */
#include "tests/group-steps.h"
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

/* What A answers, and what the application is told where nothing is made
 * again. */
static const struct answer {
    CK_RV rv;
    bool is_deaf;  /* and it does not answer a probe */
    bool may_move; /* class U is a verdict */
    bool is_lost;  /* then A is down */
    CK_RV told;
} answers[] = {
    { CKR_DEVICE_REMOVED, false, true, true, CKR_DEVICE_REMOVED },
    { CKR_TOKEN_NOT_PRESENT, false, true, true, CKR_DEVICE_REMOVED },
    { CKR_GENERAL_ERROR, false, true, false, CKR_GENERAL_ERROR },
    { CKR_VENDOR_DEFINED + 5, false, true, false, CKR_VENDOR_DEFINED + 5 },
    { CKR_FUNCTION_FAILED, true, true, true, CKR_DEVICE_REMOVED },
    { CKR_TOKEN_RESOURCE_EXCEEDED, false, true, false,
      CKR_TOKEN_RESOURCE_EXCEEDED },
    { CKR_ARGUMENTS_BAD, false, false, false, CKR_ARGUMENTS_BAD },
    { CKR_USER_NOT_LOGGED_IN, false, false, false, CKR_USER_NOT_LOGGED_IN },
};

/* -- One of the cells -------------------------------------------------------
 */

static void
begin_cell(const struct group_step *step)
{
    toy_reset_rules();
    group_heal(0);
    pool_clock_move(200); /* what a probe found is forgotten */
    group_session = router_session(1);
    cr_assert(step->before == NULL || step->before() == CKR_OK);
    toy_forget_calls();
}

static void
check(const struct group_step *step, const struct answer *answer)
{
    bool moves = step->may_move && answer->may_move;
    size_t i = (size_t)(step - group_steps), k = (size_t)(answer - answers);
    CK_RV rv;

    begin_cell(step);
    toy_fail(TOY_SLOT(0), step->function, answer->rv, 1);
    if (answer->is_deaf)
        toy_fail(TOY_SLOT(0), FUNCTION_C_GenerateRandom, answer->rv, 1);
    rv = step->run();
    cr_expect_eq(rv, moves ? CKR_OK : answer->told,
                 "step %zu, answer %zu: 0x%lx", i, k, rv);
    cr_expect_eq(group_count_on_b(step->function) > 0, moves,
                 "step %zu, answer %zu: B", i, k);
    cr_expect_neq(group_is_usable(0), answer->is_lost,
                  "step %zu, answer %zu: A", i, k);
    if (step->has_operation && answer->is_lost && !moves)
        cr_expect_eq(step->run(), CKR_OPERATION_NOT_INITIALIZED,
                     "step %zu, answer %zu: R7.7", i, k);
    (void)C_CloseSession(group_session);
}

static struct config_pool settings;

static void
start(enum config_pool_mode mode)
{
    pool_clock_begin();
    group_start();
    C_CloseAllSessions(1);
    settings = config_pool_default;
    settings.mode = mode;
    router_pool(1, &settings);
    /* One that stays open, so that nothing ends with another. */
    group_session = router_session(1);
    group_key = router_find_key(group_session, CKO_PRIVATE_KEY, 7);
}

TestSuite(fail_over, .fini = group_finish, .timeout = 60);

static void
check_all(enum config_pool_mode mode)
{
    start(mode);
    for (size_t i = 0; i < group_n_steps; i++)
        for (size_t k = 0; k < sizeof(answers) / sizeof(answers[0]); k++)
            check(&group_steps[i], &answers[k]);
}

/* Class S: the same member, whatever the call is; but not what has begun and
 * cannot be made again. */
static void
check_session_lost(enum config_pool_mode mode)
{
    start(mode);
    for (size_t i = 0; i < group_n_steps; i++) {
        const struct group_step *step = &group_steps[i];
        bool is_repeated = step->may_move || !step->has_operation;
        CK_RV rv;

        /* Session objects live in the session that is lost. */
        if (group_step_makes(step))
            continue;
        begin_cell(step);
        toy_fail(TOY_SLOT(0), step->function, CKR_SESSION_HANDLE_INVALID, 1);
        rv = step->run();
        cr_expect_eq(rv, is_repeated ? CKR_OK : CKR_DEVICE_REMOVED,
                     "step %zu: 0x%lx", i, rv);
        cr_expect_eq(group_count_on_b(step->function), 0, "step %zu: B", i);
        cr_expect(group_is_usable(0), "step %zu: A", i);
        (void)C_CloseSession(group_session);
    }
}

Test(fail_over, goes_on_where_that_is_safe)
{
    check_all(POOL_OPERATION);
}

Test(fail_over, goes_on_where_that_is_safe_in_mode_session)
{
    check_all(POOL_SESSION);
}

Test(fail_over, goes_on_where_that_is_safe_in_mode_none)
{
    check_all(POOL_NONE);
}

Test(fail_over, replaces_a_session_on_the_same_member)
{
    check_session_lost(POOL_OPERATION);
}

Test(fail_over, replaces_a_session_on_the_same_member_in_mode_session)
{
    check_session_lost(POOL_SESSION);
}

Test(fail_over, replaces_a_session_on_the_same_member_in_mode_none)
{
    check_session_lost(POOL_NONE);
}
