/* SPDX-License-Identifier: BSD-3-Clause */
/* What is never done a second time on another member (7.3, R7.7). */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_BYTE data[] = "some data";

TestSuite(repeat_not, .init = group_start, .fini = group_finish, .timeout = 60);

/* The operation is lost with its member (R7.7), and B was not asked. */
static void
check_lost(enum function init, CK_RV again)
{
    struct toy_result result;

    cr_assert_eq(group_count_on_b(init), 0);
    cr_assert_eq(again, CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_not(group_is_usable(0));
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
}

Test(repeat_not, when_output_was_handed_out)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE out[64];
    CK_ULONG length = sizeof(out);

    cr_assert_eq(C_EncryptInit(group_session, &mechanism, group_key), CKR_OK);
    cr_assert_eq(C_EncryptUpdate(group_session, data, 4, out, &length), CKR_OK);
    group_lose(FUNCTION_C_EncryptFinal);
    length = sizeof(out);
    cr_assert_eq(C_EncryptFinal(group_session, out, &length),
                 CKR_DEVICE_REMOVED);
    check_lost(FUNCTION_C_EncryptInit,
               C_EncryptFinal(group_session, out, &length));
}

Test(repeat_not, when_a_key_was_digested)
{
    CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
    CK_BYTE out[64];
    CK_ULONG length = sizeof(out);

    cr_assert_eq(C_DigestInit(group_session, &sha256), CKR_OK);
    cr_assert_eq(C_DigestKey(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_DigestFinal);
    cr_assert_eq(C_DigestFinal(group_session, out, &length),
                 CKR_DEVICE_REMOVED);
    check_lost(FUNCTION_C_DigestInit,
               C_DigestFinal(group_session, out, &length));
}

Test(repeat_not, with_a_mechanism_that_nobody_knows)
{
    CK_ULONG parameter = 5;
    CK_MECHANISM vendor = { CKM_VENDOR_DEFINED + 77, &parameter,
                            sizeof(parameter) };
    struct toy_result result;

    cr_assert_eq(C_SignInit(group_session, &vendor, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    check_lost(FUNCTION_C_SignInit,
               router_sign(group_session, "data", &result));
}

Test(repeat_not, when_there_was_more_input_than_is_kept)
{
    static CK_BYTE much[ROUTER_REPLAY_BYTES + 1];

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, much, sizeof(much)), CKR_OK);
    group_lose(FUNCTION_C_SignFinal);
    (void)group_sign_final(CKR_DEVICE_REMOVED);
    cr_assert_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
    (void)group_sign_final(CKR_OPERATION_NOT_INITIALIZED);
}

/* But nothing was handed out: what has had no input yet begins again. */
Test(repeat_not, any_input_where_none_is_kept)
{
    static struct config_token rule;
    struct toy_result result;

    rule = *router_token(1)->rule;
    rule.replay_bytes = 0;
    router_token(1)->rule = &rule;
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 1), CKR_OK);
    group_lose(FUNCTION_C_SignFinal);
    (void)group_sign_final(CKR_DEVICE_REMOVED);
    cr_assert_eq(group_count_on_b(FUNCTION_C_SignInit), 0);
    (void)group_sign_final(CKR_OPERATION_NOT_INITIALIZED);
    group_heal(0);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
}

Test(repeat_not, what_makes_something)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template = { CKA_LABEL, data, 4 };
    CK_OBJECT_HANDLE made = 77;

    group_lose(FUNCTION_C_GenerateKey);
    cr_assert_eq(C_GenerateKey(group_session, &mechanism, &template, 1, &made),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(made, 77);
    cr_assert_eq(group_count_on_b(FUNCTION_C_GenerateKey), 0);
    cr_assert_not(group_is_usable(0));
    cr_assert_eq(C_GenerateKey(group_session, &mechanism, &template, 1, &made),
                 CKR_OK);
    cr_assert_eq(group_count_on_b(FUNCTION_C_GenerateKey), 1);
}

Test(repeat_not, a_message)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_BYTE signature[64];
    CK_ULONG length = sizeof(signature);

    cr_assert_eq(C_MessageSignInit(group_session, &mechanism, group_key),
                 CKR_OK);
    group_lose(FUNCTION_C_SignMessage);
    cr_assert_eq(C_SignMessage(group_session, NULL, 0, data, 4, signature,
                               &length),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(group_count_on_b(FUNCTION_C_MessageSignInit), 0);
}

/* A PIN that a member has looked at is shown to no other (R7.11). */
Test(repeat_not, a_login_that_a_member_has_refused)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_Login, CKR_PIN_INCORRECT, 1);
    cr_assert_eq(C_Login(group_session, CKU_USER, NULL, 0), CKR_PIN_INCORRECT);
    cr_assert_eq(group_count_on_b(FUNCTION_C_Login), 0);
    cr_assert(group_is_usable(0));
}

Test(repeat_not, a_verdict_nor_a_mistake_of_the_caller)
{
    static const CK_RV verdicts[] = { CKR_DATA_LEN_RANGE,
                                      CKR_KEY_FUNCTION_NOT_PERMITTED,
                                      CKR_FUNCTION_NOT_SUPPORTED,
                                      CKR_USER_NOT_LOGGED_IN };
    struct toy_result result;

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
        toy_fail(TOY_SLOT(0), FUNCTION_C_Sign, verdicts[i], 1);
        cr_assert_eq(router_sign(group_session, "data", &result), verdicts[i]);
        cr_assert(group_is_usable(0));
        /* The toy has not ended it. */
        group_session = router_session(1);
    }
    cr_assert_eq(group_count_on_b(FUNCTION_C_Sign), 0);
}

Test(repeat_not, when_nobody_is_left)
{
    struct toy_result result;

    member_fail(&router_token(1)->members[1], NULL, CKR_DEVICE_REMOVED);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(router_sign_init(group_session, group_key),
                 CKR_DEVICE_REMOVED);
    group_heal(1);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
}

Test(repeat_not, more_than_once)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    toy_fail_after(TOY_ANY, FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 2);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Sign), 2);
    cr_assert_not(group_is_usable(0));
    cr_assert_not(group_is_usable(1));
    group_heal(1);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
}

/* At most two members are asked in one call (R7.6). */
Test(repeat_not, on_a_third_member)
{
    struct config *config;
    CK_BYTE byte;

    C_Finalize(NULL);
    config = router_config();
    toy_show(1, "B");
    toy_show(2, "C");
    router_config_token(config, "three", "A", "B", "C", NULL);
    router_start(config);
    group_session = router_session(1);
    toy_fail(TOY_SLOT(0), FUNCTION_C_GenerateRandom, CKR_DEVICE_REMOVED, 1);
    toy_fail(TOY_SLOT(1), FUNCTION_C_GenerateRandom, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(C_GenerateRandom(group_session, &byte, 1), CKR_DEVICE_REMOVED);
    cr_assert_eq(toy_count(TOY_SLOT(2), FUNCTION_C_GenerateRandom), 0);
    cr_assert_eq(C_GenerateRandom(group_session, &byte, 1), CKR_OK);
    cr_assert_eq(byte, 3, "C's");
}

Test(repeat_not, a_key_that_the_other_member_has_not)
{
    struct toy_result result;
    CK_OBJECT_HANDLE only;

    toy_add_key(0, CKO_PRIVATE_KEY, 9);
    only = router_find_key(group_session, CKO_PRIVATE_KEY, 9);
    cr_assert_eq(router_sign_init(group_session, only), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    /* It is where nobody can look now. */
    cr_assert_eq(router_sign_init(group_session, only), CKR_DEVICE_REMOVED);
    group_heal(0);
    cr_assert_eq(router_sign_init(group_session, only), CKR_OK);
    group_session = router_session(1);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
}

Test(repeat_not, when_the_init_there_fails)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(group_count_on_b(FUNCTION_C_Sign), 0);
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(1), 0);
}

/* Of a group that has lost all its members nobody can be asked, in mode `none`
 * either. */
Test(repeat_not, an_update_without_an_operation_needs_a_member)
{
    CK_BYTE part[4] = { 0 };
    CK_SESSION_HANDLE its;
    struct token *token;

    C_Finalize(NULL);
    router_clock_stop();
    router_start_two();
    token = router_token(1);
    its = router_session(1);
    member_fail(&token->members[0], NULL, CKR_DEVICE_REMOVED);
    member_fail(&token->members[1], NULL, CKR_DEVICE_REMOVED);
    cr_assert_eq(C_SignUpdate(its, part, sizeof(part)), CKR_DEVICE_REMOVED);
    clock_set_source(NULL);
}
