/* SPDX-License-Identifier: BSD-3-Clause */
/* When a member serves again that was lost (R7.3, `failback`). The clock stands
 * still, so that nobody but the test tries one that is down. */
#include "router/member-probe.h"
#include "tests/paused.h"

#include <criterion/criterion.h>
#include <sched.h>

enum { A, B };

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key, only_on_a;

static void
start(bool holds_back)
{
    static struct config_pool settings;
    struct config *config = router_config();

    settings = pool_settings(4);
    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].holds_back = holds_back;
    config->tokens[0].pool = settings;
    (void)toy_show(1, "B");
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(0, CKO_PRIVATE_KEY, 6);
    toy_add_key(1, CKO_PRIVATE_KEY, 7);
    router_clock_stop();
    router_start(config);
    session = router_session(1);
    key = pool_find_key(session, 7);
    only_on_a = pool_find_key(session, 6);
}

static struct member *
member(unsigned index)
{
    return &router_token(1)->members[index];
}

static void
lose(unsigned index)
{
    member_fail(member(index), NULL, CKR_DEVICE_REMOVED);
}

static void
give_back(unsigned index)
{
    cr_assert(member_mend(member(index)));
}

static unsigned
signer_with(CK_OBJECT_HANDLE with)
{
    struct toy_result result = { .slot = 0 };

    cr_assert_eq(router_sign_init(session, with), CKR_OK);
    cr_assert_eq(router_sign(session, "text", &result), CKR_OK);
    return result.slot == TOY_SLOT(0) ? A : B;
}

static unsigned
signer(void)
{
    return signer_with(key);
}

TestSuite(failback, .fini = pool_finish, .timeout = 60);

Test(failback, comes_by_itself_where_it_is_automatic)
{
    start(false);
    lose(A);
    cr_expect_eq(signer(), B);
    give_back(A);
    cr_expect_eq(signer(), A);
}

Test(failback, does_not_come_by_itself_where_it_is_manual)
{
    start(true);
    cr_expect_eq(signer(), A);
    lose(A);
    cr_expect_eq(signer(), B);
    give_back(A);
    cr_expect_eq(signer(), B);
}

Test(failback, comes_where_no_other_member_can)
{
    start(true);
    lose(A);
    give_back(A);
    lose(B);
    cr_expect_eq(signer(), A);
    give_back(B);
    cr_expect_eq(signer(), A, "B was lost later");
}

Test(failback, comes_where_no_other_member_has_the_key)
{
    start(true);
    lose(A);
    give_back(A);
    cr_expect_eq(signer_with(only_on_a), A);
    cr_expect_eq(signer(), B);
}

/* Who serves now was lost itself, but came back before the first one. */
Test(failback, does_not_come_to_one_that_came_back_later)
{
    start(true);
    lose(B);
    give_back(B);
    lose(A);
    cr_expect_eq(signer(), B);
    give_back(A);
    cr_expect_eq(signer(), B);
}

Test(failback, does_not_come_when_all_were_lost)
{
    start(true);
    lose(A);
    lose(B);
    give_back(B);
    cr_expect_eq(signer(), B);
    give_back(A);
    cr_expect_eq(signer(), B);
}

Test(failback, comes_with_reconnect)
{
    start(true);
    lose(A);
    give_back(A);
    (void)paused_command(CONTROL_RECONNECT, "two");
    cr_expect_eq(signer(), A);
}

/* Then it is tried at once, and serves. */
Test(failback, comes_with_reconnect_also_to_one_that_is_still_down)
{
    start(true);
    lose(A);
    (void)paused_command(CONTROL_RECONNECT, "two");
    while (!member_is_usable(member(A)))
        (void)member_mend(member(A));
    cr_expect_eq(signer(), A);
}

Test(failback, is_not_for_who_offers_a_pin_nor_for_who_opens_a_session)
{
    CK_TOKEN_INFO info;

    start(true);
    lose(A);
    give_back(A);
    toy_forget_calls();
    (void)router_session(1);
    cr_expect_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_expect_eq(C_Login(session, CKU_USER, (CK_UTF8CHAR[]){ FIXTURE_PIN }, 4),
                 CKR_OK);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_Login), 0);
    cr_expect_eq(toy_count(TOY_SLOT(0), FUNCTION_C_OpenSession), 0);
}

Test(failback, comes_when_it_is_resumed_or_promoted)
{
    start(true);
    for (unsigned i = 0; i < 2; i++) {
        lose(A);
        give_back(A);
        cr_expect_eq(signer(), B);
        (void)paused_command_member(i == 0 ? CONTROL_ADMIT : CONTROL_PROMOTE,
                                    A);
        cr_expect_eq(signer(), A);
    }
    (void)paused_command_member(CONTROL_DRAIN, A);
    (void)paused_command_member(CONTROL_ADMIT, A);
    while (!member_is_usable(member(A)))
        (void)sched_yield();
    cr_expect_eq(signer(), A);
}
