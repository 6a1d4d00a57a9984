/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies to a token that does not do all that it is asked, or says so. */
#include "router/template.h"
#include "router/transfer/proof.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_FUNCTION_LIST_3_2 real; /* of the target, before it is changed */

static void
begin(void)
{
    ends_connect_two();
    real = *ends.to.functions;
}

TestSuite(transfer_fault, .init = begin, .fini = ends_free);

/* -- A creation of which nobody knows ----------------------------------------
 */

static CK_RV answer;

static CK_RV
create_and_fail(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_RV rv = real.C_CreateObject(session, template, count, out);

    return rv == CKR_OK ? answer : rv;
}

static void
expect_made(CK_RV rv, enum transfer_verdict verdict)
{
    CK_OBJECT_HANDLE object = transfer_add_data(ends.from, "data"), copy;
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               false, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, object, identity, &outcome));
    answer = rv;
    ends_functions(ends.to)->C_CreateObject = create_and_fail;
    cr_expect_not(transfer_make(ends.transfer, &copy, &outcome));
    cr_expect_eq(outcome.verdict, verdict, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(outcome.rv, rv);
    identity_free(identity);
}

Test(transfer_fault, a_lost_member_may_have_made_it)
{
    expect_made(CKR_DEVICE_REMOVED, TRANSFER_LEFT_BEHIND);
}

Test(transfer_fault, an_error_of_the_device_may_have_made_it)
{
    expect_made(CKR_GENERAL_ERROR, TRANSFER_LEFT_BEHIND);
}

Test(transfer_fault, a_lost_session_may_have_made_it)
{
    expect_made(CKR_SESSION_HANDLE_INVALID, TRANSFER_LEFT_BEHIND);
}

Test(transfer_fault, a_verdict_has_made_nothing)
{
    expect_made(CKR_TEMPLATE_INCONSISTENT, TRANSFER_REFUSED);
}

/* -- A key that is another one when it is made for good -----------------------
 */

static bool is_another; /* else it is the right one, and does nothing */

static CK_RV
refuse_signing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
               CK_OBJECT_HANDLE key)
{
    (void)session;
    (void)mechanism;
    (void)key;
    return CKR_FUNCTION_FAILED;
}

static CK_RV
unwrap_wrongly(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
               CK_OBJECT_HANDLE by, CK_BYTE *wrapped, CK_ULONG length,
               CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    if (template_bool(template, count, CKA_TOKEN, false)) {
        if (is_another) {
            *out = transfer_add_lone_ec(ends.to, "ec");
            return CKR_OK;
        }
        ends_functions(ends.to)->C_SignInit = refuse_signing;
    }
    return real.C_UnwrapKey(session, mechanism, by, wrapped, length, template,
                            count, out);
}

static void
expect_none(bool another, enum transfer_verdict verdict)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE), copy;
    struct transfer_outcome outcome;
    struct identity *identity;

    (void)ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    is_another = another;
    ends_functions(ends.to)->C_UnwrapKey = unwrap_wrongly;
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, key, identity, &outcome));
    cr_expect_not(transfer_make(ends.transfer, &copy, &outcome));
    cr_expect_eq(outcome.verdict, verdict, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_count(ends.to, true), 1);
    identity_free(identity);
}

Test(transfer_fault, a_key_that_is_another_one_for_good_goes)
{
    expect_none(true, TRANSFER_DIFFERENT);
}

Test(transfer_fault, a_key_that_does_nothing_for_good_goes)
{
    expect_none(false, TRANSFER_UNPROVEN);
}

/* -- Usages -------------------------------------------------------------------
 */

static CK_ATTRIBUTE_TYPE refused;

/* What proves the key has no label. */
static CK_RV
refuse_one(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
           CK_OBJECT_HANDLE by, CK_BYTE *wrapped, CK_ULONG length,
           CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    if (template_find(template, count, CKA_LABEL) != NULL &&
        template_find(template, count, refused) != NULL)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    return real.C_UnwrapKey(session, mechanism, by, wrapped, length, template,
                            count, out);
}

/* SoftHSM's keys may decrypt unless it is said that they may not. */
static CK_OBJECT_HANDLE
add_limited(void)
{
    CK_OBJECT_HANDLE key = transfer_add_secret(ends.from, CKK_AES, "aes");
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE usage = { CKA_DECRYPT, &no, sizeof(no) };

    cr_assert_eq(ends.from.functions->C_SetAttributeValue(ends.from.session,
                                                          key, &usage, 1),
                 CKR_OK);
    ends_functions(ends.to)->C_UnwrapKey = refuse_one;
    return key;
}

static CK_RV
refuse_change(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
              CK_ATTRIBUTE *template, CK_ULONG count)
{
    (void)session;
    (void)object;
    (void)template;
    (void)count;
    return CKR_ATTRIBUTE_READ_ONLY;
}

Test(transfer_fault, a_copy_that_may_do_more_is_none)
{
    CK_OBJECT_HANDLE key = add_limited();

    refused = CKA_DECRYPT;
    ends_functions(ends.to)->C_SetAttributeValue = refuse_change;
    ends_expect(key, TRANSFER_CHANGED);
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

static CK_RV
destroy_and_forget(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    (void)real.C_DestroyObject(session, object);
    return CKR_OBJECT_HANDLE_INVALID;
}

static uint64_t
see_nothing(const void *context, unsigned member)
{
    (void)context;
    (void)member;
    return 0;
}

/* There is no file of one that goes with its session. */
Test(transfer_fault, a_copy_for_the_session_is_not_left_behind)
{
    CK_OBJECT_HANDLE key = add_limited();

    refused = CKA_DECRYPT;
    ends_functions(ends.to)->C_SetAttributeValue = refuse_change;
    ends_functions(ends.to)->C_DestroyObject = destroy_and_forget;
    transfer_watch(ends.transfer, (struct sight){ .look = see_nothing });
    ends_expect(key, TRANSFER_CHANGED);
}

Test(transfer_fault, what_a_copy_may_do_more_is_taken_from_it)
{
    refused = CKA_DECRYPT;
    (void)add_limited();
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP), CKA_DECRYPT,
                      CK_FALSE);
}

Test(transfer_fault, a_copy_without_a_wish_may_do_no_more)
{
    refused = CKA_EXTRACTABLE;
    (void)add_limited();
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP), CKA_DECRYPT,
                      CK_FALSE);
}

/* -- Proof --------------------------------------------------------------------
 */

enum { LONG_SIGNATURE = 4627 /* ML-DSA-87 */ };

static CK_RV
sign_long(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
          CK_BYTE *signature, CK_ULONG *signature_length)
{
    CK_ULONG room = *signature_length;

    (void)session;
    *signature_length = LONG_SIGNATURE;
    if (room < LONG_SIGNATURE)
        return CKR_BUFFER_TOO_SMALL;
    memset(signature, data[length - 1], LONG_SIGNATURE);
    return CKR_OK;
}

static CK_RV
verify_long(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
            CK_BYTE *signature, CK_ULONG signature_length)
{
    (void)session;
    return signature_length == LONG_SIGNATURE &&
                   signature[LONG_SIGNATURE - 1] == data[length - 1]
               ? CKR_OK
               : CKR_SIGNATURE_INVALID;
}

Test(transfer_fault, the_longest_signature_proves_too)
{
    struct proof_key key = { ends.from,
                             transfer_add_ec(ends.from, "ec", CK_TRUE) };
    struct proof_key public_key = { .place = ends.to };

    (void)transfer_add_ec(ends.to, "ec", CK_TRUE);
    public_key.key = transfer_find(ends.to, CKO_PUBLIC_KEY, "ec");
    ends_functions(ends.from)->C_Sign = sign_long;
    ends_functions(ends.to)->C_Verify = verify_long;
    cr_expect_eq(proof_of_private(key, public_key, CKO_PUBLIC_KEY, CKK_EC),
                 PROOF_GIVEN);
}
