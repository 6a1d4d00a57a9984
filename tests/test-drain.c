/* SPDX-License-Identifier: BSD-3-Clause */
/* A member of a group that is drained: what ends there, what goes elsewhere,
 * and what is there again. */
#include "router/control.h"
#include "router/mender.h"
#include "tests/counters-fixture.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sched.h>
#include <unistd.h>

enum { A, B };

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static struct config *
group_of(enum config_pool_mode mode, size_t size)
{
    static struct config_pool settings;
    struct config *config = router_config();

    settings = pool_settings(size);
    settings.mode = mode;
    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].pool = settings;
    config->tokens[0].write = WRITE_PRIMARY;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < 2; i++) {
        toys[i].pin = FIXTURE_PIN;
        toy_add_key(i, CKO_PRIVATE_KEY, 7);
    }
    return config;
}

static void
begin(bool logs_in)
{
    session = router_session(1);
    if (logs_in)
        cr_assert_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR[]){ FIXTURE_PIN },
                             4),
                     CKR_OK);
    key = pool_find_key(session, 7);
}

static void
start_with(struct config *config)
{
    router_start(config);
    begin(true);
}

static void
start(void)
{
    start_with(group_of(POOL_OPERATION, 4));
}

static struct member *
member(unsigned index)
{
    return &router_token(1)->members[index];
}

static unsigned
signer(void)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    cr_assert(pool_is_result(&result, 7, "text", 4));
    return result.slot == TOY_SLOT(0) ? A : B;
}

static void
wait_for(unsigned index)
{
    while (!member_is_usable(member(index))) {
        if (member_hasten(member(index)))
            mender_wake();
        (void)sched_yield();
    }
}

static void
resume(unsigned index)
{
    (void)paused_command_member(CONTROL_ADMIT, index);
    while (!member_is_usable(member(index)))
        (void)sched_yield();
}

/* The device forgets everything that is not on its disk. */
static void
restart_first(void)
{
    toy_sessions_end(0);
    toys[0].user = LOGIN_NOBODY;
    toys[0].shift += 1000;
}

static size_t
count_running(uint64_t number)
{
    size_t running;

    control_look_now();
    (void)paused_note(number, &running);
    return running;
}

TestSuite(drain, .fini = pool_finish, .timeout = 30);

/* -- Rest and return --------------------------------------------------------
 */

static int modes[] = { POOL_OPERATION, POOL_SESSION, POOL_NONE };

ParameterizedTestParameters(drain, leaves_nothing_open)
{
    return cr_make_param_array(int, modes, sizeof(modes) / sizeof(modes[0]));
}
ParameterizedTest(int *mode, drain, leaves_nothing_open)
{
    uint64_t number;

    start_with(group_of((enum config_pool_mode) * mode, 4));
    cr_assert_eq(signer(), A);
    number = paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(toy_count_sessions(0), 0);
    cr_expect_eq(count_running(number), 0);
    cr_expect_eq(signer(), B);
    restart_first();
    resume(A);
    cr_expect_eq(signer(), A);
    cr_expect_eq(toys[0].user, CKU_USER);
    cr_expect_eq(pool_find_key(session, 7), key);
}

Test(drain, a_process_that_starts_later_opens_nothing_there)
{
    struct config *config = group_of(POOL_OPERATION, 4);

    start_with(config);
    (void)paused_write_member(CONTROL_DRAIN, A);
    (void)paused_write_member(CONTROL_PROMOTE, B);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    start_with(group_of(POOL_OPERATION, 4));
    cr_expect_eq(signer(), B);
    cr_expect_eq(toy_count_sessions(0), 0);
    resume(A);
    cr_expect_eq(signer(), B, "it is the first");
}

Test(drain, nobody_tries_what_is_away)
{
    start();
    (void)paused_command_member(CONTROL_DRAIN, A);
    router_lose(0);
    cr_expect_eq(signer(), B);
    cr_expect_eq(atomic_load(&member(A)->health.state), MEMBER_UP);
    cr_expect_eq(atomic_load(&member(A)->health.losses), 0);
    router_return(0);
    resume(A);
    cr_expect_eq(signer(), A);
}

/* The others serve until it is there. */
Test(drain, what_is_not_back_does_not_serve)
{
    start();
    (void)paused_command_member(CONTROL_DRAIN, A);
    router_lose(0);
    (void)paused_command_member(CONTROL_ADMIT, A);
    cr_expect_not(member_is_usable(member(A)));
    cr_expect_eq(signer(), B);
    router_return(0);
    wait_for(A);
    cr_expect_eq(signer(), A);
}

Test(drain, without_threads_the_look_brings_it_back)
{
    struct error error = { .rv = CKR_OK };

    cr_assert_eq(router_try_start(group_of(POOL_OPERATION, 4), false, &error),
                 CKR_OK);
    begin(true);
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(signer(), B);
    cr_expect_eq(toy_count_sessions(0), 0);
    restart_first();
    (void)paused_command_member(CONTROL_ADMIT, A);
    cr_expect_eq(signer(), A);
}

Test(drain, of_all_members_leaves_nobody)
{
    start();
    (void)paused_command_member(CONTROL_DRAIN, A);
    (void)paused_command_member(CONTROL_DRAIN, B);
    cr_expect_eq(router_sign_init(session, key), CKR_DEVICE_REMOVED);
    resume(B);
    cr_expect_eq(signer(), B);
}

/* Also where an object keeps a session open there. */
Test(drain, who_logs_out_meanwhile_is_nobody_there)
{
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    CK_OBJECT_HANDLE made;

    start();
    cr_assert_eq(C_CreateObject(session, &template, 1, &made), CKR_OK);
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_assert_eq(toys[0].user, CKU_USER);
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_expect_neq(toys[0].user, CKU_USER);
    resume(A);
    cr_expect_neq(toys[0].user, CKU_USER);
}

Test(drain, a_page_that_is_removed_drains_nothing)
{
    start();
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_assert_eq(unlink(fixture_path("control")), 0);
    control_look_now();
    while (!member_is_usable(member(A)))
        (void)sched_yield();
    cr_expect_eq(signer(), A);
}

/* -- What runs --------------------------------------------------------------
 */

Test(drain, an_operation_of_several_parts_comes_to_its_end_there)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);
    uint64_t number;

    start();
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, (CK_BYTE[]){ "te" }, 2), CKR_OK);
    number = paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(count_running(number), 1);
    cr_assert_eq(C_SignUpdate(session, (CK_BYTE[]){ "xt" }, 2), CKR_OK);
    cr_assert_eq(C_SignFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
    cr_expect(pool_is_result(&result, 7, "text", 4));
    cr_expect_eq(count_running(number), 0);
    cr_expect_eq(toy_count_sessions(0), 0);
    cr_expect_eq(signer(), B);
}

/* Nothing has been taken away. */
Test(drain, an_operation_goes_on_when_that_is_over)
{
    struct toy_result result;

    start();
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    (void)paused_command_member(CONTROL_DRAIN, A);
    (void)paused_command_member(CONTROL_ADMIT, A);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

/* R3.12: what lives in a session there is nowhere else. */
Test(drain, a_session_object_stays_where_it_is)
{
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    CK_OBJECT_HANDLE made;
    uint64_t number;

    start();
    cr_assert_eq(C_CreateObject(session, &template, 1, &made), CKR_OK);
    number = paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(C_GetAttributeValue(session, made, &template, 1), CKR_OK);
    cr_expect_eq(count_running(number), 0);
    cr_expect_eq(toy_count_sessions(0), 1);
    cr_expect_eq(signer(), B);
    cr_expect_eq(C_GetAttributeValue(session, made, &template, 1), CKR_OK);
    cr_expect_eq(C_DestroyObject(session, made), CKR_OK);
    cr_expect_eq(count_running(number), 0);
    cr_expect_eq(toy_count_sessions(0), 0);
}

/* Its device was started anew all the same, and gives another key the handle
 * that this one had. */
Test(drain, leaves_no_handle_of_before_where_a_session_object_was)
{
    CK_BYTE label[] = "made";
    CK_ATTRIBUTE template = { CKA_LABEL, label, 4 };
    struct config *config = group_of(POOL_NONE, 4);
    CK_OBJECT_HANDLE made;

    toy_add_key(0, CKO_PRIVATE_KEY, 8);
    start_with(config);
    cr_assert_eq(C_CreateObject(session, &template, 1, &made), CKR_OK);
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_assert_gt(toy_count_sessions(0), 0);
    toy_sessions_end(0);
    toys[0].user = LOGIN_NOBODY;
    toys[0].shift -= 1;
    resume(A);
    session = router_session(1);
    cr_expect_eq(signer(), A);
}

Test(drain, who_waits_there_goes_elsewhere)
{
    struct paused_call call = { .number = 7 };
    struct toy_result result;

    start_with(group_of(POOL_OPERATION, 1));
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    call.session = router_session(1);
    call.key = key;
    paused_call_begin(&call);
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_expect(paused_call_end(&call), "0x%lx", call.rv);
    cr_expect_gt(toy_count(TOY_SLOT(1), FUNCTION_C_Sign), 0);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(0));
}

/* -- What is shown ----------------------------------------------------------
 */

static const struct total_member *
shown(unsigned index)
{
    return &counters_look_at_token()->members[index];
}

Test(drain, is_shown_with_when_it_was)
{
    start();
    cr_expect_eq(shown(A)->sums.levels[COUNTER_LEVEL_CHANGED_US], 0);
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(shown(A)->states[COUNTER_STATE_DRAINED], 1);
    cr_expect_eq(shown(B)->states[COUNTER_STATE_UP], 1);
    cr_expect_gt(shown(A)->sums.levels[COUNTER_LEVEL_CHANGED_US], 0);
    resume(A);
    cr_expect_eq(shown(A)->states[COUNTER_STATE_UP], 1);
}

Test(drain, is_no_fail_over_and_a_loss_is_one)
{
    start();
    (void)paused_command_member(CONTROL_DRAIN, A);
    cr_expect_eq(signer(), B);
    resume(A);
    toy_fail(TOY_SLOT(0), FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(signer(), B);
    cr_expect_eq(shown(A)->sums.events[COUNTER_FAIL_OVERS], 1);
    cr_expect_eq(shown(B)->sums.events[COUNTER_FAIL_OVERS], 0);
}

/* -- Who is the first -------------------------------------------------------
 */

Test(drain, the_first_is_whom_an_operator_has_promoted)
{
    CK_BYTE label[] = "made";
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = { { CKA_LABEL, label, 4 },
                                { CKA_TOKEN, &yes, 1 } };
    CK_OBJECT_HANDLE made;

    start();
    (void)paused_command_member(CONTROL_PROMOTE, B);
    cr_expect_eq(signer(), B);
    /* R7.20 */
    cr_expect_eq(C_CreateObject(session, template, 2, &made), CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_CreateObject), 0);
    member_fail(member(B), NULL, CKR_DEVICE_REMOVED);
    cr_expect_eq(signer(), A);
    (void)paused_command_member(CONTROL_PROMOTE, A);
    wait_for(B);
    cr_expect_eq(signer(), A);
}
