/* SPDX-License-Identifier: BSD-3-Clause */
/* A call and its operation move to another member (7.3). */
#include "tests/group-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_BYTE data[] = "some data";

TestSuite(repeat, .init = group_start, .fini = group_finish, .timeout = 60);

/* -- One part
 * ------------------------------------------------------------------------ */

Test(repeat, a_signature_begins_again_on_the_other_member)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.number, 7);
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, "data", 4));
    cr_assert_eq(toy_last(FUNCTION_C_SignInit).objects[0], group_key_on_b);
    cr_assert_not(group_is_usable(0));
    cr_assert(group_is_usable(1));
    cr_assert_eq(router_sign(group_session, "data", &result),
                 CKR_OPERATION_NOT_INITIALIZED);
}

Test(repeat, the_next_operation_begins_there)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    toy_forget_calls();
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(toy_count(TOY_SLOT(0), FUNCTION_C_SignInit), 0);
    cr_assert_eq(group_count_on_b(FUNCTION_C_SignInit), 1);
}

/* What is begun again is the mechanism as it was, not as its memory is. */
Test(repeat, the_applications_mechanism_may_be_gone)
{
    CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 20 };
    CK_MECHANISM mechanism = { CKM_RSA_PKCS_PSS, &pss, sizeof(pss) };
    uint64_t parameter = toy_hash(TOY_HASH_START, &pss, sizeof(pss));
    struct toy_result result;

    cr_assert_eq(C_SignInit(group_session, &mechanism, group_key), CKR_OK);
    memset(&pss, 0xee, sizeof(pss));
    memset(&mechanism, 0xee, sizeof(mechanism));
    group_lose(FUNCTION_C_Sign);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.mechanism, CKM_RSA_PKCS_PSS);
    cr_assert_eq(result.parameter, parameter);
}

Test(repeat, an_init_moves_by_itself)
{
    struct toy_result result;

    group_lose(FUNCTION_C_SignInit);
    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_SignInit).objects[0], group_key_on_b);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
}

Test(repeat, lengths_are_as_they_were_before_the_failure)
{
    CK_BYTE signature[sizeof(struct toy_result)];
    CK_ULONG length = sizeof(signature);

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    /* A has changed the length before it failed. */
    toy_fail_after(TOY_SLOT(0), FUNCTION_C_Sign, CKR_DEVICE_REMOVED, 1);
    cr_assert_eq(C_Sign(group_session, data, 4, NULL, &length), CKR_OK);
    cr_assert_eq(length, sizeof(signature));
    length = sizeof(signature);
    cr_assert_eq(C_Sign(group_session, data, 4, signature, &length), CKR_OK);
}

/* 7.2: a code that may mean anything moves nothing; a member that does not
 * answer a probe does. */
Test(repeat, an_ambiguous_answer_is_asked_about)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    toy_fail(TOY_SLOT(0), FUNCTION_C_Sign, CKR_DEVICE_ERROR, 1);
    toy_fail(TOY_SLOT(0), FUNCTION_C_GenerateRandom, CKR_DEVICE_ERROR, 1);
    cr_assert_eq(router_sign(group_session, "data", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_not(group_is_usable(0));
    cr_assert(group_is_usable(1));
}

/* -- Calls that are no operation
 * --------------------------------------------------------- */

Test(repeat, random_numbers_come_from_the_other_member)
{
    CK_BYTE byte = 0;

    group_lose(FUNCTION_C_GenerateRandom);
    cr_assert_eq(C_GenerateRandom(group_session, &byte, 1), CKR_OK);
    cr_assert_eq(byte, 2, "B's");
}

Test(repeat, every_object_of_the_call_is_the_other_members)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    CK_ULONG numbers[2] = { 0, 0 }, length = sizeof(numbers);

    group_lose(FUNCTION_C_WrapKey);
    cr_assert_eq(C_WrapKey(group_session, &mechanism, group_key, group_key,
                           (CK_BYTE *)numbers, &length),
                 CKR_OK);
    cr_assert_eq(numbers[0], 7);
    cr_assert_eq(numbers[1], 7);
    cr_assert_eq(toy_last(FUNCTION_C_WrapKey).objects[0], group_key_on_b);
    cr_assert_eq(toy_last(FUNCTION_C_WrapKey).objects[1], group_key_on_b);
}

/* The worst that a failing module can leave behind (R1.21). */
static bool
spoil_lengths(enum function function, CK_SLOT_ID slot,
              struct argument *arguments, CK_RV *rv)
{
    CK_ATTRIBUTE *template;

    if (function != FUNCTION_C_GetAttributeValue || slot != TOY_SLOT(0))
        return false;
    template = arguments[2].pointer;
    for (CK_ULONG i = 0; i < arguments[2].number; i++)
        template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
    *rv = CKR_DEVICE_REMOVED;
    return true;
}

Test(repeat, attributes_are_read_into_the_room_that_the_application_gave)
{
    CK_BYTE id[2], modulus[4] = { 0xaa, 0xaa, 0xaa, 0xaa };
    CK_ATTRIBUTE template[] = { { CKA_ID, id, sizeof(id) },
                                { CKA_MODULUS, modulus, 2 } };

    toy_set_hook(spoil_lengths);
    cr_assert_eq(C_GetAttributeValue(group_session, group_key, template, 2),
                 CKR_BUFFER_TOO_SMALL);
    cr_assert_eq(template[0].ulValueLen, 2);
    cr_assert_eq(id[1], 7);
    cr_assert_eq(template[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    cr_assert_eq(modulus[2], 0xaa);
}

Test(repeat, more_attributes_than_are_kept_are_not_read_again)
{
    CK_BYTE ids[20][2];
    CK_ATTRIBUTE template[20];

    for (size_t i = 0; i < 20; i++)
        template[i] = (CK_ATTRIBUTE){ CKA_ID, ids[i], 2 };
    toy_set_hook(spoil_lengths);
    cr_assert_eq(C_GetAttributeValue(group_session, group_key, template, 20),
                 CKR_DEVICE_REMOVED);
    cr_assert_eq(group_count_on_b(FUNCTION_C_GetAttributeValue), 0);
    for (size_t i = 0; i < 20; i++)
        template[i].ulValueLen = 2;
    cr_assert_eq(C_GetAttributeValue(group_session, group_key, template, 20),
                 CKR_OK);
}

/* -- More than one part
 * -------------------------------------------------------------------- */

Test(repeat, what_was_signed_so_far_is_replayed)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    for (size_t i = 0; i < sizeof(data); i++)
        cr_assert_eq(C_SignUpdate(group_session, &data[i], 1), CKR_OK);
    group_lose(FUNCTION_C_SignFinal);
    result = group_sign_final(CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, sizeof(data)));
    cr_assert_eq(group_count_on_b(FUNCTION_C_SignUpdate), 1, "in one piece");
}

/* replay_max, to the byte. */
static CK_BYTE most[ROUTER_REPLAY_BYTES];

Test(repeat, as_much_as_is_kept_is_replayed_to_sign)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, most, sizeof(most)), CKR_OK);
    group_lose(FUNCTION_C_SignFinal);
    result = group_sign_final(CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, most, sizeof(most)));
}

Test(repeat, as_much_as_is_kept_is_replayed_to_digest)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_DigestInit(group_session, &mechanism), CKR_OK);
    cr_assert_eq(C_DigestUpdate(group_session, most, sizeof(most)), CKR_OK);
    group_lose(FUNCTION_C_DigestFinal);
    cr_assert_eq(C_DigestFinal(group_session, (CK_BYTE *)&result, &length),
                 CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, most, sizeof(most)));
}

Test(repeat, as_much_as_is_kept_is_replayed_to_verify)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
    struct toy_result signature;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, most, sizeof(most)), CKR_OK);
    signature = group_sign_final(CKR_OK);
    cr_assert_eq(C_VerifyInit(group_session, &mechanism, group_key), CKR_OK);
    cr_assert_eq(C_VerifyUpdate(group_session, most, sizeof(most)), CKR_OK);
    group_lose(FUNCTION_C_VerifyFinal);
    cr_assert_eq(C_VerifyFinal(group_session, (CK_BYTE *)&signature,
                               sizeof(signature)),
                 CKR_OK);
    cr_assert_eq(toy_last(FUNCTION_C_VerifyFinal).slot, TOY_SLOT(1));
}

Test(repeat, a_part_that_was_refused_is_not_signed_twice)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 3), CKR_OK);
    group_lose(FUNCTION_C_SignUpdate);
    cr_assert_eq(C_SignUpdate(group_session, data + 3, 3), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data + 6, 3), CKR_OK);
    result = group_sign_final(CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 9));
}

Test(repeat, an_operation_can_move_again)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(C_SignUpdate(group_session, data, 3), CKR_OK);
    group_lose(FUNCTION_C_SignUpdate);
    cr_assert_eq(C_SignUpdate(group_session, data + 3, 3), CKR_OK);
    /* A is well again, and B goes. */
    group_heal(0);
    toy_fail(TOY_SLOT(1), FUNCTION_C_SignFinal, CKR_DEVICE_REMOVED, 1);
    result = group_sign_final(CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(0));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 6));
}

Test(repeat, a_digest_is_replayed)
{
    CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
    struct toy_result result;
    CK_ULONG length = sizeof(result);

    cr_assert_eq(C_DigestInit(group_session, &sha256), CKR_OK);
    cr_assert_eq(C_DigestUpdate(group_session, data, 4), CKR_OK);
    group_lose(FUNCTION_C_DigestFinal);
    cr_assert_eq(C_DigestFinal(group_session, (CK_BYTE *)&result, &length),
                 CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(1));
    cr_assert_eq(result.data, toy_hash(TOY_HASH_START, data, 4));
}

Test(repeat, a_verification_is_replayed)
{
    struct toy_result signature;

    cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
    cr_assert_eq(router_sign(group_session, "some", &signature), CKR_OK);
    for (int i = 0; i < 2; i++) {
        CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

        group_heal(0);
        cr_assert_eq(C_VerifyInit(group_session, &mechanism, group_key),
                     CKR_OK);
        cr_assert_eq(C_VerifyUpdate(group_session, data, 4), CKR_OK);
        group_lose(FUNCTION_C_VerifyFinal);
        cr_assert_eq(C_VerifyFinal(group_session, (CK_BYTE *)&signature,
                                   sizeof(signature)),
                     i == 0 ? CKR_OK : CKR_SIGNATURE_INVALID);
        cr_assert_eq(toy_last(FUNCTION_C_VerifyFinal).slot, TOY_SLOT(1));
        signature.data++;
    }
}

/* -- Where backend sessions change with each operation -------------------- */

TestSuite(repeat_rotate, .init = group_start_rotating,
          .fini = group_finish_rotating, .timeout = 60);

Test(repeat_rotate, the_session_that_failed_is_not_used_again)
{
    CK_SESSION_HANDLE lost;
    struct toy_result result;

    for (int i = 0; i < 10; i++) {
        group_heal(0);
        cr_assert_eq(router_sign_init(group_session, group_key), CKR_OK);
        cr_assert_eq(C_SignUpdate(group_session, data, 4), CKR_OK);
        lost = toy_last(FUNCTION_C_SignUpdate).session;
        group_lose(FUNCTION_C_SignFinal);
        result = group_sign_final(CKR_OK);
        cr_assert_eq(result.slot, TOY_SLOT(1));
        cr_assert_eq(toy_last(FUNCTION_C_CloseSession).session, lost);
    }
    cr_assert_leq(toy_count_sessions(0), 3);
    cr_assert_leq(toy_count_sessions(1), 3);
}
