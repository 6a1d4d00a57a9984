/* SPDX-License-Identifier: BSD-3-Clause */
/* A token in mode "migrate": what is made of keys on the old member (R9.3),
 * which mechanisms there are (R9.9), and who answers for whom (R9.12). */
#include "tests/migrate-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_OBJECT_HANDLE of_both, of_old;

static void
start(void)
{
    struct config *config = migrate_config();

    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 1);
    (void)migrate_add(MIGRATE_OLD, 2);
    migrate_start(config);
    of_both = migrate_find(1);
    of_old = migrate_find(2);
    toy_forget_calls();
}

TestSuite(migrate_rules, .init = start, .fini = pool_finish, .timeout = 30);

static unsigned long
count_on(unsigned member, enum function function)
{
    return toy_count(TOY_SLOT(member), function);
}

/* -- What is made of what there is (R9.3) ------------------------------------
 */

/* The toys derive nothing themselves. */
static bool
derive_here(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            CK_RV *rv)
{
    (void)slot;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    *(CK_OBJECT_HANDLE *)arguments[4].pointer = 7777;
    *rv = CKR_OK;
    return true;
}

static CK_RV
derive(CK_OBJECT_HANDLE base, CK_BBOOL is_token)
{
    CK_MECHANISM mechanism = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
    CK_ATTRIBUTE template = { CKA_TOKEN, &is_token, sizeof(is_token) };
    CK_OBJECT_HANDLE derived;

    toy_set_hook(derive_here);
    return C_DeriveKey(migrate_session, &mechanism, base, &template, 1,
                       &derived);
}

static CK_RV
copy(CK_OBJECT_HANDLE object, CK_BBOOL is_token)
{
    CK_ATTRIBUTE template = { CKA_TOKEN, &is_token, sizeof(is_token) };
    CK_OBJECT_HANDLE copied;

    return C_CopyObject(migrate_session, object, &template, 1, &copied);
}

Test(migrate_rules, what_stays_is_not_derived_on_the_old_member)
{
    cr_expect_eq(derive(of_old, CK_TRUE), CKR_KEY_FUNCTION_NOT_PERMITTED);
    cr_expect_eq(count_on(0, FUNCTION_C_DeriveKey), 0);
    cr_expect_eq(count_on(1, FUNCTION_C_DeriveKey), 0);
}

Test(migrate_rules, a_sessions_key_is_derived_where_its_base_key_is)
{
    cr_expect_eq(derive(of_old, CK_FALSE), CKR_OK);
    cr_expect_eq(count_on(1, FUNCTION_C_DeriveKey), 1);
    cr_expect_eq(derive(of_both, CK_FALSE), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_DeriveKey), 1);
}

Test(migrate_rules, what_has_moved_meanwhile_is_derived_on_the_new_member)
{
    (void)migrate_add(MIGRATE_NEW, 2);
    migrate_tell();
    cr_expect_eq(derive(of_old, CK_TRUE), CKR_OK);
    cr_expect_eq(count_on(0, FUNCTION_C_DeriveKey), 1);
    cr_expect_eq(count_on(1, FUNCTION_C_DeriveKey), 0);
}

Test(migrate_rules, an_object_of_the_old_member_has_copies_of_sessions_only)
{
    cr_expect_eq(copy(of_old, CK_TRUE), CKR_ACTION_PROHIBITED);
    cr_expect_eq(toy_count_objects(1), 2);
    cr_expect_eq(copy(of_old, CK_FALSE), CKR_OK);
    cr_expect_eq(toy_count_objects(1), 3);
    cr_expect_eq(copy(of_both, CK_TRUE), CKR_OK);
    cr_expect_eq(toy_count_objects(0), 2);
}

/* Nobody can say whether it could be made there. */
Test(migrate_rules, while_the_new_member_is_away_nothing_is_made_that_stays)
{
    router_lose(0);
    cr_expect_eq(derive(of_both, CK_TRUE), CKR_TOKEN_WRITE_PROTECTED);
    cr_expect_eq(count_on(1, FUNCTION_C_DeriveKey), 0);
    cr_expect_eq(derive(of_both, CK_FALSE), CKR_OK);
}

Test(migrate_rules, a_key_is_generated_on_the_new_member_also_after_a_rollback)
{
    CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &yes, sizeof(yes) };
    CK_OBJECT_HANDLE public_key, private_key;

    migrate_write_phase(MIGRATION_ROLLED_BACK);
    migrate_tell();
    cr_expect_eq(C_GenerateKeyPair(migrate_session, &generate, &template, 1,
                                   &template, 1, &public_key, &private_key),
                 CKR_OK);
    cr_expect_eq(toy_count_objects(0), 3);
    cr_expect_eq(toy_count_objects(1), 2);
}

/* -- Mechanisms (R9.9) -------------------------------------------------------
 */

/* What each has: the sizes say who speaks. */
static const struct {
    CK_MECHANISM_TYPE types[2];
    CK_ULONG least;
} offered[MIGRATE_MEMBERS] = {
    [MIGRATE_NEW] = { { CKM_ECDSA, CKM_RSA_PKCS }, 3072 },
    [MIGRATE_OLD] = { { CKM_RSA_PKCS, CKM_RSA_X_509 }, 1024 },
};

static bool
answer_list(unsigned member, struct argument *arguments, CK_RV *rv)
{
    CK_MECHANISM_TYPE *out = arguments[1].pointer;

    *arguments[1].length_at = 2;
    if (out != NULL)
        memcpy(out, offered[member].types, sizeof(offered[member].types));
    *rv = CKR_OK;
    return true;
}

static bool
offer(enum function function, CK_SLOT_ID slot, struct argument *arguments,
      CK_RV *rv)
{
    unsigned member = slot == TOY_SLOT(0) ? MIGRATE_NEW : MIGRATE_OLD;

    if (function == FUNCTION_C_GetMechanismList)
        return answer_list(member, arguments, rv);
    if (function != FUNCTION_C_GetMechanismInfo)
        return false;
    *(CK_MECHANISM_INFO *)arguments[2].pointer =
        (CK_MECHANISM_INFO){ offered[member].least, 4096, CKF_SIGN };
    *rv = CKR_OK;
    return true;
}

static void
expect_mechanisms(CK_ULONG expected)
{
    CK_MECHANISM_TYPE types[8];
    CK_ULONG count = 8;

    cr_assert_eq(C_GetMechanismList(1, NULL, &count), CKR_OK);
    cr_assert_eq(count, expected);
    cr_assert_eq(C_GetMechanismList(1, types, &count), CKR_OK);
    cr_expect_eq(types[0], CKM_ECDSA);
    cr_expect_eq(types[1], CKM_RSA_PKCS);
    cr_expect(expected == 2 || types[2] == CKM_RSA_X_509);
}

Test(migrate_rules, there_is_what_one_of_them_has_as_the_new_one_has_it)
{
    CK_MECHANISM_INFO info;

    toy_set_hook(offer);
    expect_mechanisms(3);
    cr_assert_eq(C_GetMechanismInfo(1, CKM_RSA_PKCS, &info), CKR_OK);
    cr_expect_eq(info.ulMinKeySize, 3072);
    cr_assert_eq(C_GetMechanismInfo(1, CKM_RSA_X_509, &info), CKR_OK);
    cr_expect_eq(info.ulMinKeySize, 1024);
    cr_expect_eq(C_GetMechanismInfo(1, CKM_AES_CBC, &info),
                 CKR_MECHANISM_INVALID);
}

Test(migrate_rules, when_it_is_finished_there_is_what_the_new_one_has)
{
    CK_MECHANISM_INFO info;

    toy_set_hook(offer);
    expect_mechanisms(3);
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    expect_mechanisms(2);
    cr_expect_eq(C_GetMechanismInfo(1, CKM_RSA_X_509, &info),
                 CKR_MECHANISM_INVALID);
}

Test(migrate_rules, a_mechanism_that_the_new_member_lacks_is_the_twins)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_OLD);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

Test(migrate_rules, a_digest_that_the_new_member_lacks_is_the_old_ones)
{
    CK_MECHANISM digest = { CKM_SHA_1, NULL, 0 };

    toy_fail(TOY_SLOT(0), FUNCTION_C_DigestInit, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(C_DigestInit(migrate_session, &digest), CKR_OK);
    cr_expect_eq(count_on(1, FUNCTION_C_DigestInit), 1);
}

Test(migrate_rules, a_key_that_only_the_old_mechanism_makes_is_not_made)
{
    CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_OBJECT_HANDLE public_key, private_key;

    toy_fail(TOY_SLOT(0), FUNCTION_C_GenerateKeyPair, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(C_GenerateKeyPair(migrate_session, &generate, NULL, 0, NULL, 0,
                                   &public_key, &private_key),
                 CKR_MECHANISM_INVALID);
    cr_expect_eq(count_on(1, FUNCTION_C_GenerateKeyPair), 0);
}

/* -- Who answers for whom (R9.12) --------------------------------------------
 */

/* Else a wrong usage on the new member would be hidden. */
Test(migrate_rules, what_the_new_member_refuses_is_refused)
{
    toy_fail(TOY_SLOT(0), FUNCTION_C_SignInit, CKR_KEY_FUNCTION_NOT_PERMITTED,
             1);
    cr_expect_eq(router_sign_init(migrate_session, of_both),
                 CKR_KEY_FUNCTION_NOT_PERMITTED);
    cr_expect_eq(count_on(1, FUNCTION_C_SignInit), 0);
}

Test(migrate_rules, while_the_new_member_is_away_the_twin_signs)
{
    router_lose(0);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_OLD);
    migrate_return(0);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

Test(migrate_rules, what_is_on_a_member_that_is_away_is_not_unknown)
{
    router_lose(1);
    cr_expect_eq(router_sign_init(migrate_session, of_old), CKR_DEVICE_REMOVED);
    cr_expect_eq(migrate_signer(of_both, 1), MIGRATE_NEW);
}

/* That the new one has it not is no answer. */
Test(migrate_rules, what_the_old_member_says_of_its_key_is_what_is_said)
{
    migrate_tell();
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_MECHANISM_INVALID, 1);
    cr_expect_eq(router_sign_init(migrate_session, of_old),
                 CKR_MECHANISM_INVALID);
}

/* R7.6 */
Test(migrate_rules, a_key_whose_member_goes_is_not_unknown)
{
    migrate_tell();
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignInit, CKR_DEVICE_REMOVED, 1);
    cr_expect_eq(router_sign_init(migrate_session, of_old), CKR_DEVICE_REMOVED);
}

/* R7.19 */
Test(migrate_rules, a_search_is_whole_when_only_what_is_finished_is_missing)
{
    CK_OBJECT_HANDLE all[8];

    ((struct config_token *)(uintptr_t)router_token(1)->rule)->needs_all = true;
    cr_expect_eq(router_find_all(migrate_session, all, 8), 2);
    migrate_write_phase(MIGRATION_FINISHED);
    migrate_tell();
    cr_expect_eq(router_find_all(migrate_session, all, 8), 1);
    router_lose(0);
    cr_expect_eq(C_FindObjectsInit(migrate_session, NULL, 0),
                 CKR_DEVICE_REMOVED);
}
