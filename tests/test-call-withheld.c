/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of a result whose record could not be written (DESIGN 5). */
#include "audit/event.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static bool
refuse_event(void *context, const struct audit_event *event)
{
    (void)context;
    (void)event;
    return false;
}

static const struct audit_sink broken = { .write = refuse_event };

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE data[] = "the data that is signed";
static CK_BYTE out[64];
static CK_ULONG length = sizeof(out);

static void
setup(void)
{
    router_start_one();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    memset(out, 0xaa, sizeof(out));
}

static void
finish(void)
{
    instance_set_sink(NULL);
    C_Finalize(NULL);
}

TestSuite(call_withheld, .init = setup, .fini = finish, .timeout = 60);

/* The log fails from now on. */
static void
break_log(void)
{
    instance_set_sink(&broken);
}

/* Nothing that the token gave is in the application's memory. */
static void
check_wiped(void)
{
    static const CK_BYTE zeros[sizeof(out)];

    cr_assert_arr_eq(out, zeros, sizeof(out));
    cr_assert_eq(length, sizeof(out), "the length is as it was");
}

Test(call_withheld, a_signature_is_wiped_and_its_operation_is_over)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    break_log();
    cr_assert_eq(C_Sign(session, data, 4, out, &length), CKR_FUNCTION_FAILED);
    check_wiped();
    instance_set_sink(NULL);
    cr_assert_eq(C_Sign(session, data, 4, out, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_Sign(session, data, 4, out, &length), CKR_OK);
}

Test(call_withheld, the_end_of_many_parts_is_wiped)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    cr_assert_eq(C_SignUpdate(session, data, 4), CKR_OK);
    break_log();
    cr_assert_eq(C_SignUpdate(session, data, 4), CKR_OK);
    cr_assert_eq(C_SignFinal(session, out, &length), CKR_FUNCTION_FAILED);
    check_wiped();
}

Test(call_withheld, a_digest_that_has_taken_a_key_in_is_over)
{
    CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };

    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    break_log();
    cr_assert_eq(C_DigestKey(session, key), CKR_FUNCTION_FAILED);
    instance_set_sink(NULL);
    cr_assert_eq(C_DigestFinal(session, out, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(0), 0);
}

Test(call_withheld, plaintext_random_numbers_and_wrapped_keys_are_wiped)
{
    cr_assert_eq(C_DecryptInit(session, &mechanism, key), CKR_OK);
    break_log();
    cr_assert_eq(C_Decrypt(session, data, 16, out, &length),
                 CKR_FUNCTION_FAILED);
    check_wiped();
    memset(out, 0xaa, sizeof(out));
    cr_assert_eq(C_GenerateRandom(session, out, sizeof(out)),
                 CKR_FUNCTION_FAILED);
    check_wiped();
    memset(out, 0xaa, sizeof(out));
    cr_assert_eq(C_WrapKey(session, &mechanism, key, key, out, &length),
                 CKR_FUNCTION_FAILED);
    check_wiped();
}

Test(call_withheld, a_size_that_is_asked_for_is_given)
{
    cr_assert_eq(C_SignInit(session, &mechanism, key), CKR_OK);
    break_log();
    cr_assert_eq(C_Sign(session, data, 4, NULL, &length), CKR_OK);
    cr_assert_eq(length, sizeof(struct toy_result));
}

Test(call_withheld, a_verdict_is_not_told)
{
    CK_BYTE wrong[sizeof(struct toy_result)] = { 0 };

    cr_assert_eq(C_VerifyInit(session, &mechanism, key), CKR_OK);
    break_log();
    cr_assert_eq(C_Verify(session, data, 4, wrong, sizeof(wrong)),
                 CKR_FUNCTION_FAILED);
}

Test(call_withheld, objects_just_made_are_destroyed)
{
    CK_ATTRIBUTE template = { CKA_LABEL, data, 4 };
    CK_OBJECT_HANDLE one = 77, other = 77;
    size_t n_entries = object_space_count(router_token(1)->objects);

    break_log();
    cr_assert_eq(C_CreateObject(session, &template, 1, &one),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(one, 0);
    cr_assert_eq(C_CopyObject(session, key, &template, 1, &one),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(C_GenerateKey(session, &mechanism, &template, 1, &one),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(C_GenerateKeyPair(session, &mechanism, &template, 1, &template,
                                   1, &one, &other),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(one, 0);
    cr_assert_eq(other, 0);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_DestroyObject), 5);
    cr_assert_eq(toy_count_objects(0), 1, "the key of before");
    cr_assert_eq(object_space_count(router_token(1)->objects), n_entries);
}

Test(call_withheld, objects_are_destroyed_where_sessions_change_too)
{
    CK_ATTRIBUTE template = { CKA_LABEL, data, 4 };
    CK_OBJECT_HANDLE one = 77;

    C_CloseAllSessions(1);
    router_rotate(1);
    session = router_session(1);
    break_log();
    cr_assert_eq(C_CreateObject(session, &template, 1, &one),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(one, 0);
    cr_assert_eq(toy_count_objects(0), 1);
    instance_set_sink(NULL);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(toy_count_sessions(0), 0);
}

/* Keys that come out of the parameter, as a TLS handshake's do. */
static bool
make_tls_keys(enum function function, CK_SLOT_ID slot,
              struct argument *arguments, CK_RV *rv)
{
    const CK_MECHANISM *its;
    const CK_SSL3_KEY_MAT_PARAMS *parameters;
    CK_SESSION_HANDLE backend_session = arguments[0].number;
    CK_ATTRIBUTE template = { CKA_LABEL, data, 4 };

    (void)slot;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    its = arguments[1].pointer;
    parameters = its->pParameter;
    *rv = toy_functions
              .C_CreateObject(backend_session, &template, 1,
                              &parameters->pReturnedKeyMaterial->hClientKey);
    if (*rv == CKR_OK)
        *rv = toy_functions.C_CreateObject(backend_session, &template, 1,
                                           &parameters->pReturnedKeyMaterial
                                                ->hServerKey);
    return true;
}

Test(call_withheld, keys_that_came_out_of_a_parameter_are_destroyed)
{
    CK_SSL3_KEY_MAT_OUT material = { 0 };
    CK_SSL3_KEY_MAT_PARAMS parameters = { .pReturnedKeyMaterial = &material };
    CK_MECHANISM derive = { CKM_SSL3_KEY_AND_MAC_DERIVE, &parameters,
                            sizeof(parameters) };

    toy_set_hook(make_tls_keys);
    cr_assert_eq(C_DeriveKey(session, &derive, key, NULL, 0, NULL), CKR_OK);
    cr_assert_eq(handle_kind(material.hClientKey), HANDLE_OBJECT);
    cr_assert_eq(toy_count_objects(0), 3);
    break_log();
    cr_assert_eq(C_DeriveKey(session, &derive, key, NULL, 0, NULL),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(toy_count_objects(0), 3);
}

Test(call_withheld, a_search_is_ended)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    toys[0].n_anonymous = 1000;
    break_log();
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_FUNCTION_FAILED);
    cr_assert_eq(C_FindObjects(session, &object, 1, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
    cr_assert_eq(toy_active(0), 0);
    instance_set_sink(NULL);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
}

Test(call_withheld, a_session_is_closed_again)
{
    CK_SESSION_HANDLE other;

    break_log();
    cr_assert_eq(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &other),
                 CKR_FUNCTION_FAILED);
    cr_assert_eq(token_sessions(router_token(1)).all, 1);
    cr_assert_eq(toy_count_sessions(0), 1);
    cr_assert_not(session_any_is_busy());
}

static CK_STATE
state_of_session(void)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

/* And who was logged in before stays. */
static void
check_login(void)
{
    break_log();
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_FUNCTION_FAILED);
    instance_set_sink(NULL);
    cr_assert_eq(state_of_session(), CKS_RW_PUBLIC_SESSION);
    cr_assert_eq(toy_count_logins(0), 0);
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    break_log();
    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_FUNCTION_FAILED);
    cr_assert_eq(state_of_session(), CKS_RW_USER_FUNCTIONS);
}

Test(call_withheld, a_login_is_ended_again)
{
    check_login();
}

Test(call_withheld, a_login_is_ended_where_the_module_is_asked)
{
    struct config_pool settings = config_pool_default;

    settings.mode = POOL_NONE;
    C_CloseAllSessions(1);
    router_pool(1, &settings);
    session = router_session(1);
    check_login();
}

Test(call_withheld, what_ends_something_goes_on)
{
    CK_SESSION_HANDLE other = router_session(1);

    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    break_log();
    cr_assert_eq(C_Logout(session), CKR_OK);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
    cr_assert_eq(C_CloseAllSessions(1), CKR_OK);
    cr_assert_eq(C_CloseSession(other), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    router_start_one();
}
