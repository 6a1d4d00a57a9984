/* SPDX-License-Identifier: BSD-3-Clause */
/* The keeper: the backend session that holds a token's login while the
 * application has any session, and what else stays open or not (R3.4). */
#include "tests/pool-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE first;
static CK_OBJECT_HANDLE key;

static void
start(const struct config_pool *settings)
{
    struct config *config = pool_config(settings);

    pool_add_keys(2);
    router_start(config);
}

static void
open_first(void)
{
    first = pool_session(CKF_RW_SESSION);
    key = pool_find_key(first, 1);
}

static void
setup(void)
{
    struct config_pool settings = pool_settings(2);

    start(&settings);
    open_first();
}

TestSuite(pool_anchor, .init = setup, .fini = pool_finish, .timeout = 20);

static void
sign(CK_SESSION_HANDLE session)
{
    CK_RV rv;

    cr_assert(pool_signs(session, key, 1, "text", &rv), "0x%lx", rv);
}

static unsigned long
count_opened(void)
{
    return toy_count(TOY_ANY, FUNCTION_C_OpenSession);
}

Test(pool_anchor, opens_once_for_any_number_of_sessions)
{
    for (int i = 0; i < 1000; i++)
        (void)pool_session(i % 2 == 0 ? CKF_RW_SESSION : 0);
    cr_assert_leq(toy_count_sessions(0), 2,
                  "the keeper, and one that searched");
    cr_assert_leq(count_opened(), 2);
}

Test(pool_anchor, asks_the_token_nothing_when_a_session_is_opened_or_looked_at)
{
    unsigned long before = toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo);
    CK_SESSION_HANDLE other;
    CK_SESSION_INFO info;

    other = pool_session(0);
    toy_forget_calls();
    for (int i = 0; i < 10; i++)
        cr_assert_eq(C_GetSessionInfo(other, &info), CKR_OK);
    cr_assert_eq(info.slotID, 1);
    cr_assert_eq(info.flags, CKF_SERIAL_SESSION);
    cr_assert_eq(info.state, CKS_RO_PUBLIC_SESSION);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    cr_assert_eq(count_opened(), 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    cr_assert_leq(toy_count(TOY_ANY, FUNCTION_C_GetSessionInfo), before);
}

Test(pool_anchor, carries_no_operation)
{
    CK_SESSION_HANDLE others[4], used[4];
    size_t n_used = 0;

    for (size_t i = 0; i < 4; i++)
        others[i] = pool_session(CKF_RW_SESSION);
    /* Two of them at the same time, in all pairs. */
    for (size_t i = 0; i < 4; i++) {
        struct toy_result result;
        CK_SESSION_HANDLE its;
        size_t j = 0;

        cr_assert_eq(router_sign_init(others[i], key), CKR_OK);
        its = pool_used(FUNCTION_C_SignInit);
        sign(others[(i + 1) % 4]);
        cr_assert_neq(pool_used(FUNCTION_C_Sign), its);
        cr_assert_eq(router_sign(others[i], "text", &result), CKR_OK);
        while (j < n_used && used[j] != its)
            j++;
        if (j == n_used)
            used[n_used++] = its;
    }
    cr_assert_eq(toy_count_sessions(0), 3, "two that work and the keeper");
    cr_assert_leq(n_used, 2, "a third one carried operations");
}

Test(pool_anchor, goes_with_the_applications_last_session)
{
    CK_SESSION_HANDLE other = pool_session(0);

    cr_assert_eq(C_Login(first, CKU_USER, NULL, 0), CKR_OK);
    sign(first);
    sign(other);
    cr_assert_eq(C_CloseSession(first), CKR_OK);
    cr_assert_eq(toys[0].user, CKU_USER, "the other one is still open");
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    cr_assert_eq(toy_count_sessions(0), 0, "no pool stays warm (R3.7)");
    open_first();
    sign(first);
}

Test(pool_anchor, goes_also_when_all_are_closed_at_once)
{
    for (int i = 0; i < 20; i++)
        (void)pool_session(0);
    cr_assert_eq(C_Login(first, CKU_USER, NULL, 0), CKR_OK);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toys[0].user, (CK_USER_TYPE)-1);
    cr_assert_eq(toy_count_sessions(0), 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseAllSessions), 0, "R3.8");
}

/* R3.5: what the vendor says at the first open is what the application
 * hears. */
Test(pool_anchor, says_at_the_first_open_why_there_can_be_none)
{
    CK_SESSION_HANDLE session;

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
                 CKR_DEVICE_ERROR);
    cr_assert_eq(toy_count_sessions(0), 0);
    open_first();
    sign(first);
}

/* -- Tokens that allow few --------------------------------------------------
 */

static void
setup_few(CK_ULONG most, CK_ULONG most_rw)
{
    struct config_pool settings = pool_settings(0);
    struct config *config = pool_config(&settings);

    toys[0].most_sessions = most;
    toys[0].most_rw_sessions = most_rw;
    pool_add_keys(2);
    router_start(config);
}

TestSuite(pool_anchor_few, .fini = pool_finish, .timeout = 20);

Test(pool_anchor_few, works_itself_where_it_is_the_only_one)
{
    setup_few(1, 0);
    open_first();
    cr_assert_eq(C_Login(first, CKU_USER, NULL, 0), CKR_OK);
    for (int i = 0; i < 20; i++)
        sign(pool_session(i % 2 == 0 ? CKF_RW_SESSION : 0));
    cr_assert_eq(toy_count_sessions(0), 1);
    cr_assert_eq(count_opened(), 1, "the limit was known");
    cr_assert_eq(toys[0].user, CKU_USER);
}

/* R3.4: or the application could never write. */
Test(pool_anchor_few, works_itself_where_one_may_write)
{
    CK_ATTRIBUTE template = { CKA_LABEL, NULL, 0 };
    CK_BYTE label[] = "label";
    CK_OBJECT_HANDLE object;

    setup_few(0, 1);
    open_first();
    template.pValue = label;
    template.ulValueLen = sizeof(label);
    cr_assert_eq(C_CreateObject(first, &template, 1, &object), CKR_OK);
    sign(first);
    sign(pool_session(CKF_RW_SESSION));
}

Test(pool_anchor_few, leaves_the_rest_to_the_pool)
{
    struct toy_result result;
    CK_SESSION_HANDLE others[3];

    setup_few(4, 0);
    open_first();
    for (size_t i = 0; i < 3; i++) {
        others[i] = pool_session(CKF_RW_SESSION);
        cr_assert_eq(router_sign_init(others[i], key), CKR_OK);
    }
    cr_assert_eq(toy_count_sessions(0), 4, "as many as there are");
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(router_sign(others[i], "text", &result), CKR_OK);
}

Test(pool_anchor_few, is_read_only_where_nothing_can_be_written)
{
    struct config_pool settings = pool_settings(2);
    struct config *config = pool_config(&settings);
    CK_SESSION_HANDLE session;

    toys[0].is_write_protected = true;
    pool_add_keys(2);
    router_start(config);
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                               NULL, &session),
                 CKR_TOKEN_WRITE_PROTECTED);
    first = pool_session(0);
    key = pool_find_key(first, 1);
    sign(first);
}

/* R3.6: another process has them all for now. */
Test(pool_anchor_few, works_with_what_the_device_has_left)
{
    struct config_pool settings = pool_settings(8);
    struct config *config = pool_config(&settings);

    toys[0].most_sessions = 2;
    toys[0].hides_limits = true;
    pool_add_keys(2);
    router_start(config);
    open_first();
    for (int i = 0; i < 20; i++)
        sign(pool_session(0));
    cr_assert_leq(toy_count_sessions(0), 2);
}
