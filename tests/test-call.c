/* SPDX-License-Identifier: BSD-3-Clause */
/* What every call is refused for, in which order, and what it leaves behind
 * when it is refused or led back into itself. */
#include "router/call.h"
#include "router/process.h"
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE bytes[64];

static void
setup(void)
{
    router_start_one();
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    toy_forget_calls();
}

static void
finish(void)
{
    toy_release();
    C_Finalize(NULL);
}

TestSuite(call, .init = setup, .fini = finish, .timeout = 60);

/* Fails unless the session is as good as before. */
static void
check_usable(void)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(session, key), CKR_OK);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
    cr_assert_eq(result.number, 7);
    cr_assert_not(session_any_is_busy());
    cr_assert_not(process_has_visitors());
}

/* -- The order of checks (R1.24) ------------------------------------------ */

Test(call, without_c_initialize_nothing_else_is_looked_at)
{
    C_Finalize(NULL);
    cr_assert_eq(C_SignInit(1, NULL, 0), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_GetSlotList(CK_TRUE, NULL, NULL),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_OpenSession(1, 0, NULL, NULL, NULL),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_CloseSession(1), CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    router_start_one();
}

Test(call, the_session_comes_before_pointers_and_pointers_before_objects)
{
    CK_ULONG size;

    cr_assert_eq(C_GetObjectSize(session + 1, 0, NULL),
                 CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_GetObjectSize(session, 0, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_GetObjectSize(session, 0, &size), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_SignInit(session + 1, NULL, 0), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_Sign(session, NULL, 1, bytes, &size), CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_Sign(session, bytes, 1, bytes, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(C_GetTokenInfo(99, NULL), CKR_SLOT_ID_INVALID);
    cr_assert_eq(C_GetTokenInfo(1, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_Sign), 0);
    check_usable();
}

/* What a bad handle is called in each place (SEMANTICS 1.5). */
static void
check_bad_handle(CK_OBJECT_HANDLE bad)
{
    CK_ATTRIBUTE template = { CKA_ID, bytes, 2 };
    CK_OBJECT_HANDLE made = 77;
    CK_ULONG length = sizeof(bytes);

    cr_assert_eq(C_GetAttributeValue(session, bad, &template, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_SetAttributeValue(session, bad, &template, 1),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_CopyObject(session, bad, &template, 1, &made),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_DestroyObject(session, bad), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_GetObjectSize(session, bad, &length),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_EncryptInit(session, &mechanism, bad),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_DecryptInit(session, &mechanism, bad),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_SignInit(session, &mechanism, bad), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_SignRecoverInit(session, &mechanism, bad),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_VerifyInit(session, &mechanism, bad),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_DigestKey(session, bad), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_DeriveKey(session, &mechanism, bad, NULL, 0, &made),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_WrapKey(session, &mechanism, bad, key, bytes, &length),
                 CKR_WRAPPING_KEY_HANDLE_INVALID);
    cr_assert_eq(C_WrapKey(session, &mechanism, key, bad, bytes, &length),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_UnwrapKey(session, &mechanism, bad, bytes, 1, NULL, 0,
                             &made),
                 CKR_UNWRAPPING_KEY_HANDLE_INVALID);
    cr_assert_eq(C_SetOperationState(session, bytes, 1, bad, 0),
                 CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(made, 77);
}

Test(call, a_bad_handle_is_called_what_its_place_asks_for)
{
    static const enum function asked[] = {
        FUNCTION_C_GetAttributeValue, FUNCTION_C_SetAttributeValue,
        FUNCTION_C_CopyObject,        FUNCTION_C_DestroyObject,
        FUNCTION_C_SignInit,          FUNCTION_C_WrapKey,
        FUNCTION_C_UnwrapKey,         FUNCTION_C_DeriveKey,
    };

    check_bad_handle(key + 1);
    check_bad_handle(key | 1ul << 30);
    check_bad_handle(session);
    check_bad_handle(CK_UNAVAILABLE_INFORMATION - 1);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        cr_assert_eq(toy_count(TOY_ANY, asked[i]), 0, "no module was asked");
    check_usable();
}

Test(call, handle_0_is_always_bad_but_where_none_is_meant)
{
    CK_ULONG size;

    cr_assert_eq(C_SignInit(session, &mechanism, 0), CKR_KEY_HANDLE_INVALID);
    cr_assert_eq(C_GetObjectSize(session, 0, &size), CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_GetObjectSize(session, CK_UNAVAILABLE_INFORMATION, &size),
                 CKR_OBJECT_HANDLE_INVALID);
    cr_assert_eq(C_SetOperationState(session, bytes, 1, 0, 0),
                 CKR_FUNCTION_NOT_SUPPORTED, "the module's answer");
    cr_assert_eq(toy_last(FUNCTION_C_SetOperationState).objects[0], 0);
}

Test(call, another_tokens_handle_is_bad)
{
    struct config *config;

    C_Finalize(NULL);
    config = router_config();
    toy_show(1, "B");
    router_config_token(config, "one", "A", NULL);
    router_config_token(config, "two", "B", NULL);
    router_start(config);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    toy_add_key(1, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    cr_assert_eq(router_sign_init(router_session(2), key),
                 CKR_KEY_HANDLE_INVALID);
    check_usable();
}

/* -- Handles in parameters ------------------------------------------------ */

static CK_OBJECT_HANDLE seen_in_parameter;

static bool
look_at_parameter(enum function function, CK_SLOT_ID slot,
                  struct argument *arguments, CK_RV *rv)
{
    const CK_MECHANISM *seen;

    (void)slot;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    seen = arguments[1].pointer;
    memcpy(&seen_in_parameter, seen->pParameter, sizeof(seen_in_parameter));
    *rv = CKR_FUNCTION_NOT_SUPPORTED;
    return true;
}

Test(call, a_handle_in_a_parameter_is_the_members_and_the_callers_stays)
{
    CK_OBJECT_HANDLE inside = key, made;
    CK_MECHANISM concatenate = { CKM_CONCATENATE_BASE_AND_KEY, &inside,
                                 sizeof(inside) };

    toy_set_hook(look_at_parameter);
    cr_assert_eq(C_DeriveKey(session, &concatenate, key, NULL, 0, &made),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(seen_in_parameter, toy_last(FUNCTION_C_DeriveKey).objects[0]);
    cr_assert_neq(seen_in_parameter, key);
    cr_assert_eq(inside, key);
    inside = key + 1;
    cr_assert_eq(C_DeriveKey(session, &concatenate, key, NULL, 0, &made),
                 CKR_MECHANISM_PARAM_INVALID);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_DeriveKey), 1);
    check_usable();
}

/* -- Back into p11mux ----------------------------------------------------- */

static CK_RV inner[6];

static bool
call_back(enum function function, CK_SLOT_ID slot, struct argument *arguments,
          CK_RV *rv)
{
    CK_SESSION_INFO info;
    CK_ULONG count;

    (void)slot;
    (void)arguments;
    (void)rv;
    if (function != FUNCTION_C_GenerateRandom)
        return false;
    inner[0] = C_GetSessionInfo(session, &info);
    inner[1] = C_GetSlotList(CK_TRUE, NULL, &count);
    inner[2] = C_CloseSession(session);
    inner[3] = C_Initialize(NULL);
    inner[4] = C_Finalize(NULL);
    inner[5] = C_CloseAllSessions(1);
    return false;
}

Test(call, a_module_that_leads_back_is_refused)
{
    toy_set_hook(call_back);
    cr_assert_eq(C_GenerateRandom(session, bytes, 1), CKR_OK);
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(inner[i], CKR_GENERAL_ERROR, "%zu", i);
    toy_set_hook(NULL);
    check_usable();
}

/* -- What a call must leave alone ----------------------------------------- */

static CK_MECHANISM *seen[2];
static size_t n_seen;

static bool
see_mechanism(enum function function, CK_SLOT_ID slot,
              struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    if (function != FUNCTION_C_SignInit || n_seen == 2)
        return false;
    *rv = n_seen == 0 ? CKR_OK : CKR_OPERATION_ACTIVE;
    seen[n_seen++] = arguments[1].pointer;
    return true;
}

/* A module may keep what it was given until the operation ends (R1.12). */
Test(call, a_refused_init_leaves_the_active_ones_parameter_alone)
{
    CK_BYTE seed[300] = { 0x55 };
    CK_KIP_PARAMS parameter = { NULL, key, seed, sizeof(seed) };
    CK_MECHANISM kip = { CKM_KIP_MAC, &parameter, sizeof(parameter) };
    const CK_KIP_PARAMS *kept;
    CK_OBJECT_HANDLE its;

    n_seen = 0;
    toy_set_hook(see_mechanism);
    cr_assert_eq(C_SignInit(session, &kip, key), CKR_OK);
    kept = seen[0]->pParameter;
    its = kept->hKey;
    cr_assert_neq(its, key);
    cr_assert_eq(C_SignInit(session, &kip, key), CKR_OPERATION_ACTIVE);
    toy_set_hook(NULL);
    cr_assert_eq(kept->hKey, its);
    cr_assert_eq(kept->ulSeedLen, sizeof(seed));
}

/* Said once as what happened, then as what is left (R6.17). */
Test(call, another_token_in_the_slot_ends_the_session)
{
    CK_SESSION_INFO info;

    atomic_fetch_add(&router_token(1)->members[0].tokens, 1);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_DEVICE_REMOVED);
    cr_assert_eq(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0),
                 CKR_SESSION_HANDLE_INVALID);
    cr_assert_eq(C_CloseSession(session), CKR_OK);
}
