/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of which a member does not come back from a call (call_timeout): but
 * for the thread inside everybody goes on on the other member. The clock stands
 * still but for what a test moves it: who waited for it would wait for ever. */
#include "common/clock.h"
#include "tests/hang-fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct hang_call caught, other;
static CK_SESSION_HANDLE second;

static void
start(struct hang_setting setting)
{
    setting.is_group = true;
    hang_start(&setting);
    hang_allow_seconds();
    second = router_session(1);
    other.key = pool_find_key(hang_session, 1);
}

TestSuite(group_hang, .fini = hang_finish, .timeout = 60);

/* Whether p11mux may make threads; where not, those that wait look. */
static int both_ways[] = { true, false };

#define BOTH_WAYS(name)                                                        \
    ParameterizedTestParameters(group_hang, name)                              \
    {                                                                          \
        return cr_make_param_array(int, both_ways, 2);                         \
    }                                                                          \
    ParameterizedTest(int *may_create_threads, group_hang, name,               \
                      .fini = hang_finish, .timeout = 60)

/* Who signs in this session. */
static CK_SLOT_ID
signer(CK_SESSION_HANDLE session)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(session, other.key), CKR_OK);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    return result.slot;
}

static CK_RV
seed(CK_SESSION_HANDLE which)
{
    CK_BYTE byte = 1;

    return C_SeedRandom(which, &byte, 1);
}

static void
catch_call(enum hang_kind kind)
{
    hang_begin_call(&caught, kind, hang_session);
    hang_until_caught();
    toy_forget_calls();
}

static void
expect_first_is_left_alone(void)
{
    for (unsigned i = 0; i < N_FUNCTIONS; i++)
        cr_expect_eq(toy_count(TOY_SLOT(0), i), 0, "function %u", i);
}

/* The call comes back, and who comes next is answered by its member. */
static void
let_come_back(void)
{
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK, "its own result is as ever");
    cr_expect_eq(signer(second), TOY_SLOT(0));
    cr_expect_eq(signer(hang_session), TOY_SLOT(0));
}

/* -- Who comes ---------------------------------------------------------------
 */

Test(group_hang, answers_who_comes_later)
{
    CK_BYTE byte;
    CK_ATTRIBUTE id = { CKA_ID, NULL, 0 };
    CK_SESSION_HANDLE more;
    CK_TOKEN_INFO info;

    start((struct hang_setting){ .may_create_threads = true });
    catch_call(HANG_RANDOM);
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(C_GenerateRandom(second, &byte, 1), CKR_OK);
    cr_expect_eq(C_GetAttributeValue(second, other.key, &id, 1), CKR_OK);
    cr_expect_eq(pool_find_key(second, 1), other.key);
    cr_expect_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_eq(hang_login(second), CKR_OK);
    more = router_session(1);
    cr_expect_eq(signer(more), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(C_CloseSession(more), CKR_OK);
    expect_first_is_left_alone();
    let_come_back();
}

/* R7.3. */
Test(group_hang, that_is_over_does_not_bring_it_back_where_failback_is_manual)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .holds_back = true });
    catch_call(HANG_RANDOM);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    cr_expect(member_is_usable(&router_token(1)->members[0]));
}

/* What began there begins again. */
Test(group_hang, ends_no_operation_of_others)
{
    struct toy_result result;

    start((struct hang_setting){ .may_create_threads = true });
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
    catch_call(HANG_RANDOM);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(TOY_SECOND));
    cr_expect(pool_is_result(&result, 1, "text", 4));
    let_come_back();
}

/* Each virtual session has one of its own there. */
Test(group_hang, answers_sessions_that_had_their_own_there)
{
    start(
        (struct hang_setting){ .may_create_threads = true, .mode = POOL_NONE });
    cr_expect_eq(signer(second), TOY_SLOT(0));
    catch_call(HANG_RANDOM);
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    expect_first_is_left_alone();
    let_come_back();
}

Test(group_hang, that_is_logged_in_is_followed)
{
    start((struct hang_setting){ .may_create_threads = true });
    cr_assert_eq(hang_login(hang_session), CKR_OK);
    catch_call(HANG_RANDOM);
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    cr_expect_eq(toys[TOY_SECOND].user, CKU_USER);
    cr_expect_eq(hang_login(second), CKR_USER_ALREADY_LOGGED_IN);
    let_come_back();
}

/* Both are behind the same door then, or not: here each has its own. */
Test(group_hang, of_a_serialised_module_answers_who_comes_later)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .is_serialised = true });
    catch_call(HANG_RANDOM);
    cr_expect_eq(signer(second), TOY_SLOT(TOY_SECOND));
    expect_first_is_left_alone();
    let_come_back();
}

/* -- Who waits ---------------------------------------------------------------
 */

/* The other one waits for the first member, and signs on the second. */
static void
expect_who_waits_to_leave(void)
{
    struct toy_result result;

    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_expect_eq(result.slot, TOY_SLOT(TOY_SECOND));
    let_come_back();
}

BOTH_WAYS(is_left_by_who_waits_for_a_backend_session)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .size = 1 });
    expect_who_waits_to_leave();
}

BOTH_WAYS(is_left_by_who_waits_at_its_door)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    cr_expect_eq(signer(second), TOY_SLOT(0));
    expect_who_waits_to_leave();
}

/* `wait`, in doc/groups.md: one look sees a call, and one that it hangs. */
Test(group_hang, is_left_after_its_call_timeout_and_two_looks)
{
    enum { TIMEOUT_MS = 7000, LOOK_MS = 1000, ROUNDING_MS = 500 };
    struct toy_result result;
    uint64_t begun, waited_ms;

    start((struct hang_setting){ .may_create_threads = true,
                                 .is_serialised = true,
                                 .call_timeout_ms = TIMEOUT_MS });
    begun = clock_now();
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    waited_ms = (clock_now() - begun) / 1000 / 1000;
    cr_expect_geq(waited_ms, TIMEOUT_MS);
    cr_expect_leq(waited_ms, TIMEOUT_MS + 2 * LOOK_MS + ROUNDING_MS);
    cr_expect_eq(router_sign(second, "text", &result), CKR_OK);
    let_come_back();
}

/* What it waits to end has begun there, and begins again. */
BOTH_WAYS(is_left_by_who_waits_at_its_door_to_sign)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_FINISH, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_OK);
    cr_expect_eq(other.result.slot, TOY_SLOT(TOY_SECOND));
    cr_expect(pool_is_result(&other.result, 1, "text", 4));
    let_come_back();
}

/* What cannot begin again ends with the member (R7.7). */
BOTH_WAYS(takes_what_cannot_begin_again_with_it)
{
    static struct config_token rule;
    struct toy_result result;
    CK_BYTE byte = 1;

    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    rule = *router_token(1)->rule;
    rule.replay_bytes = 0;
    router_token(1)->rule = &rule;
    cr_assert_eq(router_sign_init(second, other.key), CKR_OK);
    cr_assert_eq(C_SignUpdate(second, &byte, 1), CKR_OK);
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_FINISH, second);
    hang_until_waited_for();
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_DEVICE_REMOVED);
    cr_expect_eq(router_sign(second, "text", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    let_come_back();
}

/* R7.3: the module of another member may be started anew meanwhile, however
 * long the line is. */
static void
expect_nobody_at_the_second(void)
{
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SIGN, second);
    hang_until_waited_for();
    cr_expect_eq(session_count_staying(router_token(1), 1u << 1), 0);
    cr_expect_eq(session_count_staying(router_token(1), 1u << 0), 2);
    toy_release();
    cr_expect_eq(hang_end_call(&caught), CKR_OK);
    cr_expect_eq(hang_end_call(&other), CKR_OK);
}

Test(group_hang, who_waits_for_a_backend_session_is_at_no_other_member)
{
    start((struct hang_setting){ .may_create_threads = true, .size = 1 });
    expect_nobody_at_the_second();
}

Test(group_hang, who_waits_at_a_door_is_at_no_other_member)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .is_serialised = true });
    expect_nobody_at_the_second();
}

Test(group_hang, who_waits_at_a_door_to_read_a_key_is_at_no_other_member)
{
    start((struct hang_setting){ .may_create_threads = true,
                                 .is_serialised = true });
    cr_expect_eq(signer(second), TOY_SLOT(0));
    object_space_unidentify(router_token(1)->objects, other.key);
    expect_nobody_at_the_second();
}

/* What p11mux asks for itself, in the call of somebody. */
BOTH_WAYS(is_left_by_who_waits_at_its_door_to_read_a_key)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads,
                                 .is_serialised = true });
    cr_expect_eq(signer(second), TOY_SLOT(0));
    object_space_unidentify(router_token(1)->objects, other.key);
    expect_who_waits_to_leave();
}

/* R3.34: in the session of the call itself nothing can be done. */
BOTH_WAYS(refuses_who_waits_in_the_same_session)
{
    start((struct hang_setting){ .may_create_threads = *may_create_threads });
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_begin_call(&other, HANG_SEED, hang_session);
    hang_until_session_is_waited_for(hang_session);
    hang_until_caught();
    cr_assert_eq(hang_end_call(&other), CKR_FUNCTION_FAILED);
    cr_expect_eq(seed(second), CKR_OK);
    let_come_back();
}
