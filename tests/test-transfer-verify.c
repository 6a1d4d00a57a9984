/* SPDX-License-Identifier: BSD-3-Clause */
/* An object compared with its copy: by operations, and attribute by attribute
 * (R9.6). */
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(transfer_verify, .init = ends_connect_two, .fini = ends_free);

static struct transfer_evidence
verify(CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE copy)
{
    struct transfer_evidence evidence;
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_verify(ends.transfer, object, identity, copy, &evidence,
                              &outcome),
              "%s", transfer_verdicts[outcome.verdict].name);
    identity_free(identity);
    return evidence;
}

static void
set(struct identity_place place, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG length)
{
    CK_ATTRIBUTE attribute = { type, (void *)(uintptr_t)value, length };

    cr_assert_eq(place.functions->C_SetAttributeValue(place.session, object,
                                                      &attribute, 1),
                 CKR_OK);
}

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
expect_difference(const struct transfer_evidence *evidence,
                  CK_ATTRIBUTE_TYPE type, bool is_expected)
{
    const struct trait_differences *its = &evidence->differences;

    cr_assert_eq(its->count, 1);
    cr_expect_eq(its->items[0].type, type, "0x%lx", its->items[0].type);
    cr_expect_eq(its->items[0].is_expected, is_expected);
    cr_expect_eq(its->n_unexpected, is_expected ? 0 : 1);
}

Test(transfer_verify, a_private_key_signs)
{
    struct transfer_evidence evidence;
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);

    evidence = verify(key, ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP));
    cr_expect_eq(evidence.proof, PROOF_GIVEN);
    cr_expect(evidence.is_by_operation);
    cr_expect_eq(evidence.differences.count, 0);
}

Test(transfer_verify, one_that_may_not_sign_decrypts)
{
    CK_OBJECT_HANDLE key = transfer_add_rsa(ends.from, "rsa"), copy;
    struct transfer_evidence evidence;

    set(ends.from, key, CKA_SIGN, &no, sizeof(no));
    set(ends.from, key, CKA_DECRYPT, &yes, sizeof(yes));
    copy = ends_copy(CKO_PRIVATE_KEY, "rsa", WAY_KWP);
    evidence = verify(key, copy);
    cr_expect_eq(evidence.proof, PROOF_GIVEN);
    cr_expect(evidence.is_by_operation);
    set(ends.to, copy, CKA_DECRYPT, &no, sizeof(no));
    evidence = verify(key, copy);
    cr_expect_eq(evidence.proof, PROOF_GIVEN);
    cr_expect_not(evidence.is_by_operation);
    expect_difference(&evidence, CKA_DECRYPT, false);
}

Test(transfer_verify, another_key_is_told)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "one", CK_TRUE);
    CK_OBJECT_HANDLE secret = transfer_add_secret(ends.from, CKK_AES, "two");

    cr_expect_eq(verify(key, transfer_add_ec(ends.to, "one", CK_TRUE)).proof,
                 PROOF_DIFFERENT);
    cr_expect_eq(verify(secret, transfer_add_secret(ends.to, CKK_AES, "two"))
                     .proof,
                 PROOF_DIFFERENT);
}

Test(transfer_verify, another_label_is_not_expected)
{
    CK_OBJECT_HANDLE data = transfer_add_data(ends.from, "data"), copy;
    struct transfer_evidence evidence;

    copy = ends_copy(CKO_DATA, "data", WAY_CREATED);
    evidence = verify(data, copy);
    cr_expect_eq(evidence.proof, PROOF_GIVEN);
    cr_expect_eq(evidence.differences.count, 0);
    set(ends.to, copy, CKA_LABEL, "other", 5);
    evidence = verify(data, copy);
    expect_difference(&evidence, CKA_LABEL, false);
}

Test(transfer_verify, what_may_not_leave_is_expected)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes"), copy;
    struct transfer_evidence evidence;

    copy = ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
    set(ends.to, copy, CKA_EXTRACTABLE, &no, sizeof(no));
    evidence = verify(key, copy);
    cr_expect_eq(evidence.proof, PROOF_GIVEN);
    expect_difference(&evidence, CKA_EXTRACTABLE, true);
}

Test(transfer_verify, a_usage_that_was_gained_is_not_expected)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE), copy;
    struct transfer_evidence evidence;

    set(ends.from, key, CKA_UNWRAP, &no, sizeof(no));
    copy = ends_copy(CKO_PRIVATE_KEY, "ec", WAY_KWP);
    set(ends.to, copy, CKA_UNWRAP, &yes, sizeof(yes));
    evidence = verify(key, copy);
    expect_difference(&evidence, CKA_UNWRAP, false);
}
