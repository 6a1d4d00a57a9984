/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that are ended before their end (R3.31, R3.32). */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE bytes[64];

static void
begin_with(enum config_cancel how)
{
    struct config *config = router_config();

    router_profile.settings.cancel = how;
    router_config_token(config, "one", "A", NULL);
    router_start(config);
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    session = router_session(1);
    key = router_find_key(session, CKO_PRIVATE_KEY, 7);
    toy_forget_calls();
}

static void
setup(void)
{
    begin_with(CANCEL_CLOSE);
}

static void
finish(void)
{
    C_Finalize(NULL);
}

TestSuite(cancel, .init = setup, .fini = finish, .timeout = 60);

/* Begins and cancels each kind, with or without its own Init. */
static CK_RV
init(CK_FLAGS kind, CK_MECHANISM *its)
{
    switch (kind) {
    case CKF_ENCRYPT:
        return C_EncryptInit(session, its, key);
    case CKF_DECRYPT:
        return C_DecryptInit(session, its, key);
    case CKF_DIGEST:
        return C_DigestInit(session, its);
    case CKF_SIGN:
        return C_SignInit(session, its, key);
    case CKF_VERIFY:
        return C_VerifyInit(session, its, key);
    default:
        return C_MessageSignInit(session, its, key);
    }
}

static const CK_FLAGS kinds[] = { CKF_ENCRYPT, CKF_DECRYPT, CKF_DIGEST,
                                  CKF_SIGN,    CKF_VERIFY,  CKF_MESSAGE_SIGN };
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void
check_over(CK_FLAGS kind)
{
    cr_assert_eq(toy_active(0), 0, "0x%lx is active in the module", kind);
    cr_assert_eq(init(kind, &mechanism), CKR_OK);
    cr_assert_eq(toy_active(0), kind);
}

/* -- With an Init that has no mechanism ----------------------------------- */

Test(cancel, init_without_a_mechanism_ends_the_operation_of_its_kind)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        cr_assert_eq(init(kinds[i], &mechanism), CKR_OK);
        cr_assert_eq(init(kinds[i], NULL), CKR_OK);
        check_over(kinds[i]);
        cr_assert_eq(init(kinds[i], NULL), CKR_OK);
    }
}

Test(cancel, init_without_a_mechanism_is_bad_when_there_is_none)
{
    for (size_t i = 0; i < N_KINDS; i++)
        cr_assert_eq(init(kinds[i], NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(init(CKF_VERIFY, NULL), CKR_ARGUMENTS_BAD);
    cr_assert_eq(toy_active(0), CKF_SIGN);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_VerifyInit), 0,
                 "the module never sees it");
}

Test(cancel, elsewhere_no_mechanism_is_bad)
{
    CK_OBJECT_HANDLE made;

    cr_assert_eq(C_GenerateKey(session, NULL, NULL, 0, &made),
                 CKR_ARGUMENTS_BAD);
}

/* The backend session that answers at the moment. */
static CK_SESSION_HANDLE
ask_random(void)
{
    CK_BYTE byte;

    cr_assert_eq(C_GenerateRandom(session, &byte, 1), CKR_OK);
    return toy_last(FUNCTION_C_GenerateRandom).session;
}

/* -- With C_SessionCancel ------------------------------------------------- */

Test(cancel, each_flag_ends_its_operation_and_the_session_is_another)
{
    CK_SESSION_INFO info;

    cr_assert_eq(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    for (size_t i = 0; i < N_KINDS; i++) {
        CK_SESSION_HANDLE before;

        cr_assert_eq(init(kinds[i], &mechanism), CKR_OK);
        before = ask_random();
        cr_assert_eq(C_SessionCancel(session, kinds[i]), CKR_OK);
        cr_assert_neq(ask_random(), before);
        cr_assert_eq(C_GetSessionInfo(session, &info), CKR_OK);
        cr_assert_eq(info.state, CKS_RW_USER_FUNCTIONS, "still logged in");
        check_over(kinds[i]);
        cr_assert_eq(C_SessionCancel(session, kinds[i]), CKR_OK);
    }
    cr_assert_eq(toy_count_sessions(0), 1);
}

Test(cancel, flags_without_an_operation_are_ignored)
{
    cr_assert_eq(C_SessionCancel(session, 0), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, ~(CK_FLAGS)0), CKR_OK);
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, ~(CK_FLAGS)CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_SIGN);
    cr_assert_eq(C_SessionCancel(session, ~(CK_FLAGS)0), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    cr_assert_eq(C_SessionCancel(session + 1, CKF_SIGN),
                 CKR_SESSION_HANDLE_INVALID);
}

Test(cancel, other_sessions_go_on)
{
    CK_SESSION_HANDLE other = router_session(1);
    struct toy_result result;

    cr_assert_eq(router_sign_init(other, key), CKR_OK);
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(router_sign(other, "data", &result), CKR_OK);
}

Test(cancel, a_search_that_streams_is_ended)
{
    CK_OBJECT_HANDLE object;
    CK_ULONG count;

    toys[0].n_anonymous = 1000;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(C_FindObjects(session, &object, 1, &count), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_FIND_OBJECTS), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    cr_assert_eq(C_FindObjects(session, &object, 1, &count),
                 CKR_OPERATION_NOT_INITIALIZED);
}

/* The stream lives on the same backend session. */
Test(cancel, a_search_that_streams_survives_the_end_of_another_operation)
{
    CK_OBJECT_HANDLE objects[512];
    CK_ULONG count, n_found = 0;

    toys[0].n_anonymous = 1000;
    cr_assert_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_FIND_OBJECTS);
    do {
        cr_assert_eq(C_FindObjects(session, objects, 512, &count), CKR_OK);
        n_found += count;
    } while (count > 0);
    cr_assert_eq(n_found, 1001);
}

/* -- Two at once ---------------------------------------------------------- */

static void
begin_dual(void)
{
    cr_assert_eq(C_DigestInit(session, &sha256), CKR_OK);
    cr_assert_eq(C_EncryptInit(session, &mechanism, key), CKR_OK);
}

Test(cancel, both_of_a_pair_end_together)
{
    begin_dual();
    cr_assert_eq(C_SessionCancel(session, CKF_DIGEST | CKF_ENCRYPT), CKR_OK);
    cr_assert_eq(toy_active(0), 0);
    begin_dual();
}

Test(cancel, half_of_a_pair_is_for_the_module_to_end)
{
    CK_ULONG length = sizeof(bytes);

    begin_dual();
    cr_assert_eq(C_SessionCancel(session, CKF_ENCRYPT),
                 CKR_OPERATION_CANCEL_FAILED);
    cr_assert_eq(C_EncryptInit(session, NULL, 0), CKR_OPERATION_CANCEL_FAILED);
    cr_assert_eq(C_DigestEncryptUpdate(session, bytes, 8, bytes, &length),
                 CKR_OK, "both stay");
    toys[0].can_cancel = true;
    cr_assert_eq(C_SessionCancel(session, CKF_ENCRYPT), CKR_OK);
    cr_assert_eq(toy_active(0), CKF_DIGEST);
    length = sizeof(bytes);
    cr_assert_eq(C_EncryptUpdate(session, bytes, 8, bytes, &length),
                 CKR_OPERATION_NOT_INITIALIZED);
    length = sizeof(bytes);
    cr_assert_eq(C_DigestFinal(session, bytes, &length), CKR_OK);
}

/* -- Sessions that cannot be replaced ------------------------------------- */

static CK_OBJECT_HANDLE
make_session_object(void)
{
    CK_ATTRIBUTE template = { CKA_LABEL, bytes, 4 };
    CK_OBJECT_HANDLE object;

    cr_assert_eq(C_CreateObject(session, &template, 1, &object), CKR_OK);
    return object;
}

Test(cancel, session_objects_keep_their_session)
{
    CK_OBJECT_HANDLE object = make_session_object();
    CK_ATTRIBUTE template = { CKA_LABEL, bytes, 4 };

    for (size_t i = 0; i < N_KINDS; i++) {
        cr_assert_eq(init(kinds[i], &mechanism), CKR_OK);
        cr_assert_eq(C_SessionCancel(session, kinds[i]), CKR_OK, "0x%lx",
                     kinds[i]);
        check_over(kinds[i]);
        cr_assert_eq(C_SessionCancel(session, kinds[i]), CKR_OK);
        cr_assert_eq(C_GetAttributeValue(session, object, &template, 1),
                     CKR_OK);
    }
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
}

static bool
want_much_room(enum function function, CK_SLOT_ID slot,
               struct argument *arguments, CK_RV *rv)
{
    (void)slot;
    if (function != FUNCTION_C_SignFinal || *arguments[1].length_at >= 1 << 20)
        return false;
    *arguments[1].length_at = 1 << 20;
    *rv = CKR_BUFFER_TOO_SMALL;
    return true;
}

Test(cancel, a_final_that_wants_more_room_gets_it)
{
    (void)make_session_object();
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    toy_set_hook(want_much_room);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SignFinal), 2);
    check_over(CKF_SIGN);
}

Test(cancel, what_cannot_be_ended_is_said_and_stays)
{
    struct toy_result result;

    (void)make_session_object();
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    toy_fail(TOY_ANY, FUNCTION_C_SignFinal, CKR_FUNCTION_NOT_SUPPORTED, 1);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN),
                 CKR_OPERATION_CANCEL_FAILED);
    cr_assert_eq(router_sign(session, "data", &result), CKR_OK);
}

Test(cancel, no_other_session_to_be_had_is_no_failure)
{
    toy_fail(TOY_ANY, FUNCTION_C_OpenSession, CKR_SESSION_COUNT, 1);
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
    check_over(CKF_SIGN);
}

/* -- Modules that can ----------------------------------------------------- */

static void
setup_reliable(void)
{
    begin_with(CANCEL_RELIABLE);
}

TestSuite(cancel_reliable, .init = setup_reliable, .fini = finish,
          .timeout = 60);

Test(cancel_reliable, the_module_is_asked)
{
    toys[0].can_cancel = true;
    for (size_t i = 0; i < N_KINDS; i++) {
        cr_assert_eq(init(kinds[i], &mechanism), CKR_OK);
        cr_assert_eq(C_SessionCancel(session, kinds[i]), CKR_OK);
        check_over(kinds[i]);
        cr_assert_eq(init(kinds[i], NULL), CKR_OK);
    }
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SessionCancel), 2 * N_KINDS);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 0);
}

Test(cancel_reliable, one_that_refuses_all_the_same_is_gone_around)
{
    cr_assert_eq(init(CKF_SIGN, &mechanism), CKR_OK);
    cr_assert_eq(C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_SessionCancel), 1);
    cr_assert_eq(toy_count(TOY_ANY, FUNCTION_C_CloseSession), 1);
    check_over(CKF_SIGN);
}
