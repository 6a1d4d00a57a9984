/* SPDX-License-Identifier: BSD-3-Clause */
/* Two operations at once where backend sessions are lent (R3.12), callbacks
 * (R3.30), and keys that go while they are used (R3.33). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE data[] = "data";
static struct toy_result result;
static CK_ULONG length;

static void
open_sessions(void)
{
    router_pool(1, &config_pool_default);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    length = sizeof(result);
}

static void
setup(void)
{
    router_start_one();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    open_sessions();
}

static void
finish(void)
{
    if (C_CloseAllSessions(1) != CKR_OK || toy_count_sessions(0) != 0 ||
        toy_count_sessions(1) != 0)
        fixture_fail("backend sessions were left open");
    C_Finalize(NULL);
}

/* Key 7 on the first member, 8 on the second one. */
static void
setup_group(void)
{
    router_start_two();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(1, CKO_PRIVATE_KEY, 8);
    open_sessions();
}

TestSuite(dual, .init = setup, .fini = finish, .timeout = 60);
TestSuite(dual_group, .init = setup_group, .fini = finish, .timeout = 60);

static CK_RV
digest_encrypt(CK_SESSION_HANDLE its)
{
    CK_BYTE out[sizeof(data)];
    CK_ULONG out_length = sizeof(out);

    return C_DigestEncryptUpdate(its, data, sizeof(data), out, &out_length);
}

static void
begin(CK_SESSION_HANDLE its)
{
    cr_assert_eq(C_DigestInit(its, &sha256), CKR_OK);
    cr_assert_eq(C_EncryptInit(its, &mechanism, key), CKR_OK);
}

/* -- Two operations ---------------------------------------------------------
 */

Test(dual, the_second_joins_the_first_and_each_half_keeps_the_binding)
{
    CK_SESSION_HANDLE its;

    begin(session);
    its = toy_last(FUNCTION_C_DigestInit).session;
    cr_assert_eq(toy_last(FUNCTION_C_EncryptInit).session, its);
    begin(other);
    cr_assert_neq(toy_last(FUNCTION_C_DigestInit).session, its);
    cr_assert_eq(digest_encrypt(session), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestEncryptUpdate).session, its);
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    /* Nobody else gets what still has the other half. */
    cr_assert_eq(digest_encrypt(other), CKR_OK);
    for (int i = 0; i < 3; i++) {
        CK_SESSION_HANDLE more = router_session(1);

        cr_assert_eq(C_DigestInit(more, &sha256), CKR_OK);
        cr_assert_neq(toy_last(FUNCTION_C_DigestInit).session, its);
    }
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestFinal).session, its);
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, sizeof(data)));
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_DigestInit).session, its, "given back");
}

Test(dual, the_module_decides_which_pairs_there_are)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_VerifyInit, CKR_OPERATION_ACTIVE, 2);
    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OPERATION_ACTIVE);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_VerifyInit), 1,
                 "it is not tried on another backend session");
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
}

Test(dual, half_a_pair_is_refused_and_the_other_half_goes_on)
{
    cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(digest_encrypt(session), CKR_OPERATION_NOT_INITIALIZED);
    toy_fail(TOY_ANY, FUNCTION_C_DigestEncryptUpdate,
             CKR_FUNCTION_NOT_SUPPORTED, 1);
    cr_assert_eq(digest_encrypt(session), CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(digest_encrypt(session), CKR_OPERATION_NOT_INITIALIZED);
}

Test(dual, an_error_ends_the_half_that_it_is_of)
{
    begin(session);
    toy_fail(TOY_ANY, FUNCTION_C_EncryptFinal, CKR_KEY_SIZE_RANGE, 1);
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &length),
                 CKR_KEY_SIZE_RANGE);
    cr_assert_eq(C_EncryptFinal(session, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(toy_active(0), 0, "what the module may still have is closed");
    begin(session);
    begin(other);
}

Test(dual, a_logout_ends_both)
{
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    begin(session);
    cr_assert_eq(C_Logout(other), CKR_OK);
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(0), 0);
}

/* -- On a group -------------------------------------------------------------
 */

Test(dual_group, keys_on_different_members_cannot_be_used_at_once)
{
    CK_OBJECT_HANDLE second = router_find_key(session, CKO_PRIVATE_KEY, 8);

    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_SignInit).slot, TOY_SLOT(0));
    cr_assert_eq(C_EncryptInit(session, &mechanism, second),
                 CKR_OPERATION_ACTIVE);
    cr_assert_eq(C_EncryptInit(session, &mechanism, second + 1000),
                 CKR_KEY_HANDLE_INVALID, "that is no key at all");
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(C_EncryptInit(session, &mechanism, second), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_EncryptInit).slot, TOY_SLOT(1));
    cr_assert_eq(C_EncryptInit(other, &mechanism, key), CKR_OK);
}

static CK_FLAGS flags_of[2];

static bool
show_flags(enum function function, CK_SLOT_ID slot, struct argument *arguments,
           CK_RV *rv)
{
    CK_TOKEN_INFO *info;

    if (function != FUNCTION_C_GetTokenInfo)
        return false;
    info = arguments[1].pointer;
    memset(info, ' ', sizeof(*info));
    info->flags = flags_of[slot - TOY_SLOT(0)];
    *rv = CKR_OK;
    return true;
}

Test(dual_group, a_group_can_do_what_all_of_its_members_can)
{
    static const CK_FLAGS both =
        CKF_DUAL_CRYPTO_OPERATIONS | CKF_RESTORE_KEY_NOT_NEEDED;
    CK_TOKEN_INFO info;

    flags_of[0] = both;
    flags_of[1] = CKF_RESTORE_KEY_NOT_NEEDED;
    toy_set_hook(show_flags);
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.flags & both, CKF_RESTORE_KEY_NOT_NEEDED);
    flags_of[1] = both;
    cr_assert_eq(C_GetTokenInfo(1, &info), CKR_OK);
    cr_assert_eq(info.flags & both, both);
    toy_set_hook(NULL);
}

/* -- Callbacks --------------------------------------------------------------
 */

static unsigned n_opened, n_with_callback;

static bool
look_at_callback(enum function function, CK_SLOT_ID slot,
                 struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    (void)rv;
    if (function != FUNCTION_C_OpenSession)
        return false;
    n_opened++;
    if (arguments[2].pointer != NULL || arguments[3].pointer != NULL)
        n_with_callback++;
    return false;
}

static CK_RV
called_back(CK_SESSION_HANDLE its, CK_NOTIFICATION event, CK_VOID_PTR context)
{
    (void)its;
    (void)event;
    (void)context;
    return CKR_CANCEL;
}

/* It would be called with a handle that is not the application's. */
Test(dual, a_module_is_never_given_the_applications_callback)
{
    CK_SESSION_HANDLE opened;

    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    toy_set_hook(look_at_callback);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, data, called_back,
                                   &opened),
                     CKR_OK);
        cr_assert_eq(C_DigestInit(opened, &sha256), CKR_OK);
    }
    cr_assert_geq(n_opened, 4u, "three and the keeper");
    cr_assert_eq(n_with_callback, 0u);
    toy_set_hook(NULL);
}

/* -- Keys that go -----------------------------------------------------------
 */

Test(dual, a_key_destroyed_by_another_session_is_the_modules_to_judge)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_DestroyObject(other, key), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK,
                 "the toys have their copy");
    cr_assert_eq(result.number, 7);
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SignInit), 1,
                 "the module is not asked for what is gone");
}

Test(dual, and_if_it_says_no_that_is_what_the_application_is_told)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_DestroyObject(other, key), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_Sign, CKR_KEY_HANDLE_INVALID, 1);
    cr_assert_eq(router_sign(session, "data", &result), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
}
