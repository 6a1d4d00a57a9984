/* SPDX-License-Identifier: BSD-3-Clause */
/* What the last operation of a session was validated for (R3.22). The toys'
 * flags are the mechanism of the backend session's last operation. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE data[] = "data";

static const enum function asking = FUNCTION_C_GetSessionValidationFlags;

static void
start(const struct config_pool *settings)
{
    router_start_one();
    router_pool(1, settings);
    toys[0].validates = true;
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    other = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
}

static void
take_newest_list(void)
{
    CK_INTERFACE *interface;

    cr_assert_eq(C_GetInterface(NULL, NULL, &interface, 0), CKR_OK);
}

static void
setup(void)
{
    take_newest_list();
    start(&config_pool_default);
}

static void
setup_older(void)
{
    CK_VERSION version = { 3, 0 };
    CK_FUNCTION_LIST *list;
    CK_INTERFACE *interface;

    cr_assert_eq(C_GetFunctionList(&list), CKR_OK);
    cr_assert_eq(C_GetInterface(NULL, &version, &interface, 0), CKR_OK);
    start(&config_pool_default);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(validation, .init = setup, .fini = finish, .timeout = 60);
TestSuite(validation_older, .init = setup_older, .fini = finish, .timeout = 60);

static CK_FLAGS
ask(CK_SESSION_HANDLE its)
{
    CK_FLAGS flags = 77;

    cr_assert_eq(C_GetSessionValidationFlags(its, CKS_LAST_VALIDATION_OK,
                                             &flags),
                 CKR_OK);
    return flags;
}

static void
sign(CK_SESSION_HANDLE its)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(its, key), CKR_OK);
    cr_assert_eq(router_sign(its, "data", &result), CKR_OK);
}

static void
digest(CK_SESSION_HANDLE its)
{
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_DigestInit(its, &sha256), CKR_OK);
    cr_assert_eq(C_DigestUpdate(its, data, 4), CKR_OK);
    cr_assert_eq(C_DigestFinal(its, (CK_BYTE *)&result, &length), CKR_OK);
}

Test(validation, a_session_without_an_operation_has_none)
{
    sign(other);
    cr_assert_eq(ask(session), 0, "another session's are not its own");
    cr_assert_eq(ask(other), CKM_RSA_PKCS);
}

Test(validation, each_session_has_its_own_on_one_backend_session)
{
    sign(session);
    digest(other);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
    cr_assert_eq(ask(other), CKM_SHA256);
    digest(session);
    cr_assert_eq(ask(session), CKM_SHA256);
    cr_assert_eq(C_CloseSession(other), CKR_OK);
    other = router_session(1);
    cr_assert_eq(ask(other), 0, "nor does a new one inherit any");
}

Test(validation, an_operation_that_goes_on_shows_the_one_before)
{
    struct toy_result result;
    CK_ULONG length = 1;

    sign(session);
    digest(other);
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
    cr_assert_eq(C_DigestFinal(session, NULL, &length), CKR_OK);
    cr_assert_eq(ask(session), CKM_RSA_PKCS, "a size query ends nothing");
    cr_assert_eq(C_DigestFinal(session, (CK_BYTE *)&result, &length), CKR_OK);
    cr_assert_eq(ask(session), CKM_SHA256);
}

Test(validation, what_has_no_final_counts_too)
{
    CK_MECHANISM wrapping = { CKM_AES_KEY_WRAP, NULL, 0 };
    CK_MECHANISM generating = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ULONG length = 64;
    CK_BYTE out[64];
    CK_OBJECT_HANDLE made;

    cr_assert_eq(C_WrapKey(session, &wrapping, key, key, NULL, &length),
                 CKR_OK);
    cr_assert_eq(ask(session), 0);
    cr_assert_eq(C_WrapKey(session, &wrapping, key, key, out, &length), CKR_OK);
    cr_assert_eq(ask(session), CKM_AES_KEY_WRAP);
    digest(other);
    cr_assert_eq(C_GenerateRandom(session, out, 8), CKR_OK);
    cr_assert_eq(ask(session), CKM_AES_KEY_WRAP, "a random number does not");
    cr_assert_eq(C_GenerateKey(session, &generating, NULL, 0, &made), CKR_OK);
    cr_assert_eq(ask(session), CKM_AES_KEY_GEN);
}

/* The module may still show what was before: somebody else's. */
Test(validation, one_that_fails_does_not_count)
{
    struct toy_result result;

    digest(other);
    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_Sign, CKR_KEY_FUNCTION_NOT_PERMITTED, 1);
    cr_assert_eq(router_sign(session, "data", &result),
                 CKR_KEY_FUNCTION_NOT_PERMITTED);
    cr_assert_eq(ask(session), 0);
}

Test(validation, a_verdict_is_a_result)
{
    CK_BYTE wrong[sizeof(struct toy_result)] = { 0 };

    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_Verify(session, data, 4, wrong, sizeof(wrong)),
                 CKR_SIGNATURE_INVALID);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
}

Test(validation, flags_that_cannot_be_read_are_none)
{
    sign(session);
    toy_fail(TOY_ANY, asking, CKR_DEVICE_ERROR, 1);
    digest(session);
    cr_assert_eq(ask(session), 0);
}

Test(validation, the_modules_errors_pass_through)
{
    CK_FLAGS flags;

    sign(session);
    cr_assert_eq(C_GetSessionValidationFlags(session, 99, &flags),
                 CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_GetSessionValidationFlags(session, CKS_LAST_VALIDATION_OK,
                                             NULL),
                 CKR_ARGUMENTS_BAD);
    toys[0].validates = false;
    cr_assert_eq(C_GetSessionValidationFlags(session, CKS_LAST_VALIDATION_OK,
                                             &flags),
                 CKR_FUNCTION_NOT_SUPPORTED);
}

Test(validation, a_list_of_all_interfaces_has_the_newest_too)
{
    CK_INTERFACE interfaces[8];
    CK_ULONG count = 8;

    cr_assert_eq(C_GetInterfaceList(interfaces, &count), CKR_OK);
    sign(session);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
}

Test(validation, a_session_that_keeps_its_backend_session_asks_the_module)
{
    struct config_pool settings = config_pool_default;

    C_Finalize(NULL);
    settings.mode = POOL_NONE;
    start(&settings);
    sign(session);
    cr_assert_eq(toy_count(TOY_ANY, asking), 0);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
    cr_assert_eq(toy_count(TOY_ANY, asking), 1);
}

Test(validation, a_module_of_an_older_version_is_not_asked)
{
    C_Finalize(NULL);
    router_start_one();
    C_Finalize(NULL);
    toy_functions.version = (CK_VERSION){ 3, 0 };
    start(&config_pool_default);
    sign(session);
    digest(session);
    cr_assert_eq(toy_count(TOY_ANY, asking), 0);
    toy_functions.version = (CK_VERSION){ 3, 2 };
}

Test(validation_older, who_has_an_older_list_pays_nothing)
{
    sign(session);
    digest(session);
    cr_assert_eq(toy_count(TOY_ANY, asking), 0);
    take_newest_list();
    sign(session);
    cr_assert_eq(toy_count(TOY_ANY, asking), 1);
    cr_assert_eq(ask(session), CKM_RSA_PKCS);
}
