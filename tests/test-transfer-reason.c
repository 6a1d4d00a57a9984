/* SPDX-License-Identifier: BSD-3-Clause */
/* Why an object cannot be copied, as far as the tokens tell; and what becomes
 * of a copy whose original does not stay as it was. */
#include "router/template.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_FUNCTION_LIST_3_2 from, to; /* before they are changed */

static void
begin(void)
{
    ends_connect_two();
    from = *ends.from.functions;
    to = *ends.to.functions;
}

TestSuite(transfer_reason, .init = begin, .fini = ends_free);

/* -- Mechanisms --------------------------------------------------------------
 */

static CK_RV
wrap_nothing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, CK_BYTE *out,
             CK_ULONG *length)
{
    (void)session, (void)mechanism, (void)by, (void)key, (void)out;
    (void)length;
    return CKR_FUNCTION_NOT_SUPPORTED;
}

Test(transfer_reason, a_member_that_wraps_nothing_says_so)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);

    ends_functions(ends.from)->C_WrapKey = wrap_nothing;
    ends_expect(key, TRANSFER_NO_WRAPPING);
}

static CK_RV
unwrap_nothing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
               CK_OBJECT_HANDLE by, CK_BYTE *bytes, CK_ULONG length,
               CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    (void)session, (void)mechanism, (void)by, (void)bytes, (void)length;
    (void)template, (void)count, (void)out;
    return CKR_MECHANISM_INVALID;
}

Test(transfer_reason, a_target_that_unwraps_nothing_is_named)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    struct transfer_outcome outcome;

    ends_functions(ends.to)->C_UnwrapKey = unwrap_nothing;
    outcome = ends_try(key);
    cr_expect_eq(outcome.verdict, TRANSFER_NO_MECHANISM);
    cr_expect(outcome.is_at_target);
}

/* As members do it that know AES-GCM alone: what is asked for has to be that,
 * and is done in another way. */
static CK_RV
become_gcm(const CK_MECHANISM *mechanism, CK_MECHANISM *out)
{
    CK_GCM_PARAMS its;

    if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        *out = *mechanism;
        return CKR_OK;
    }
    if (mechanism->mechanism != CKM_AES_GCM)
        return CKR_MECHANISM_INVALID;
    if (mechanism->ulParameterLen != sizeof(its))
        return CKR_MECHANISM_PARAM_INVALID;
    memcpy(&its, mechanism->pParameter, sizeof(its));
    if (its.pIv == NULL || its.ulIvLen != 12 || its.ulTagBits != 128)
        return CKR_MECHANISM_PARAM_INVALID;
    *out = (CK_MECHANISM){ CKM_AES_KEY_WRAP_PAD, NULL, 0 };
    return CKR_OK;
}

static CK_RV
wrap_by_gcm(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
            CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key, CK_BYTE *out,
            CK_ULONG *length)
{
    CK_MECHANISM real;
    CK_RV rv = become_gcm(mechanism, &real);

    return rv != CKR_OK ? rv
                        : from.C_WrapKey(session, &real, by, key, out, length);
}

static CK_RV
unwrap_by_gcm(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
              CK_OBJECT_HANDLE by, CK_BYTE *bytes, CK_ULONG length,
              CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_MECHANISM real;
    CK_RV rv = become_gcm(mechanism, &real);

    return rv != CKR_OK ? rv
                        : to.C_UnwrapKey(session, &real, by, bytes, length,
                                         template, count, out);
}

Test(transfer_reason, gcm_is_taken_where_there_is_nothing_better)
{
    (void)transfer_add_ec(ends.from, "ec", CK_TRUE);
    ends_functions(ends.from)->C_WrapKey = wrap_by_gcm;
    ends_functions(ends.to)->C_UnwrapKey = unwrap_by_gcm;
    ends_expect_pair("ec", WAY_GCM);
}

/* -- Attributes --------------------------------------------------------------
 */

static CK_ATTRIBUTE_TYPE refused;

static CK_RV
unwrap_without(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
               CK_OBJECT_HANDLE by, CK_BYTE *bytes, CK_ULONG length,
               CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    return template_find(template, count, refused) != NULL
               ? CKR_ATTRIBUTE_TYPE_INVALID
               : to.C_UnwrapKey(session, mechanism, by, bytes, length, template,
                                count, out);
}

static CK_RV
create_without(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
               CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    return template_find(template, count, refused) != NULL
               ? CKR_ATTRIBUTE_TYPE_INVALID
               : to.C_CreateObject(session, template, count, out);
}

Test(transfer_reason, the_attribute_that_is_refused_is_named)
{
    CK_OBJECT_HANDLE data = transfer_add_data(ends.from, "data");
    struct transfer_outcome outcome;

    refused = CKA_LABEL;
    ends_functions(ends.to)->C_CreateObject = create_without;
    outcome = ends_try(data);
    cr_expect_eq(outcome.verdict, TRANSFER_REFUSED);
    cr_expect_eq(outcome.rv, CKR_ATTRIBUTE_TYPE_INVALID);
    cr_expect(outcome.has_attribute && outcome.attribute == CKA_LABEL);
    cr_expect_eq(transfer_count(ends.to, false), 0);
}

static CK_RV
create_nothing(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
               CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    (void)session, (void)template, (void)count, (void)out;
    cr_assert_fail("it is known before anything is made");
    return CKR_GENERAL_ERROR;
}

Test(transfer_reason, what_only_objects_of_a_session_may_have_is_named)
{
    static const CK_ATTRIBUTE_TYPE types[] = { CKA_CHECK_VALUE, CKA_LABEL };
    static const struct profile label = { .session_only = { types, 2 } },
                                told = { .session_only = { types, 1 } };
    CK_OBJECT_HANDLE data = transfer_add_data(ends.from, "data");
    struct transfer_outcome outcome;

    (void)transfer_add_secret(ends.from, CKK_AES, "aes");
    ends_behave(&told);
    (void)ends_copy(CKO_SECRET_KEY, "aes", WAY_KWP);
    ends_behave(&label);
    ends_functions(ends.to)->C_CreateObject = create_nothing;
    outcome = ends_try(data);
    cr_expect_eq(outcome.verdict, TRANSFER_REFUSED);
    cr_expect_null(outcome.function);
    cr_expect(outcome.is_at_target);
    cr_expect(outcome.has_attribute && outcome.attribute == CKA_LABEL);
}

/* Every key wants it. */
static CK_RV
read_always(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV rv = from.C_GetAttributeValue(session, object, template, count);

    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++)
        if (template[i].type == CKA_ALWAYS_AUTHENTICATE &&
            template[i].pValue != NULL)
            *(CK_BBOOL *)template[i].pValue = CK_TRUE;
    return rv;
}

Test(transfer_reason, a_pin_for_each_use_is_told_apart)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);

    refused = CKA_ALWAYS_AUTHENTICATE;
    ends_functions(ends.from)->C_GetAttributeValue = read_always;
    ends_functions(ends.to)->C_UnwrapKey = unwrap_without;
    ends_expect(key, TRANSFER_EACH_TIME);
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

/* Some take points bare alone, and refuse the standard's form. */
static CK_RV
create_bare(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
            CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[32];
    CK_BYTE point[67] = { 4, 65 };

    for (CK_ULONG i = 0; i < count; i++) {
        items[i] = template[i];
        if (items[i].type != CKA_EC_POINT)
            continue;
        if (items[i].ulValueLen != sizeof(point) - 2)
            return CKR_ATTRIBUTE_VALUE_INVALID;
        memcpy(point + 2, items[i].pValue, items[i].ulValueLen);
        items[i] = (CK_ATTRIBUTE){ CKA_EC_POINT, point, sizeof(point) };
    }
    return to.C_CreateObject(session, items, count, out);
}

Test(transfer_reason, a_point_is_given_in_the_form_that_is_taken)
{
    struct transfer_outcome outcome = { .verdict = TRANSFER_FINE };
    CK_OBJECT_HANDLE copy;

    (void)transfer_add_ec(ends.from, "ec", CK_TRUE);
    ends_functions(ends.to)->C_CreateObject = create_bare;
    copy = ends_copy(CKO_PUBLIC_KEY, "ec", WAY_CREATED);
    cr_expect(transfer_confirm(ends.transfer, copy, &outcome));
}

static CK_RV
create_too_large(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                 CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    (void)session, (void)template, (void)count, (void)out;
    return CKR_DEVICE_MEMORY;
}

Test(transfer_reason, what_is_too_large_is_said)
{
    CK_OBJECT_HANDLE data = transfer_add_data(ends.from, "data");

    ends_functions(ends.to)->C_CreateObject = create_too_large;
    ends_expect(data, TRANSFER_TOO_LARGE);
}

Test(transfer_reason, a_target_that_overwrites_keeps_what_it_has)
{
    static const struct profile overwrites = { .settings.create_overwrites =
                                                   ANSWER_YES };
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "one", CK_TRUE);

    (void)transfer_add_ec(ends.to, "one", CK_TRUE);
    ends_behave(&overwrites);
    ends_expect(key, TRANSFER_OVERWRITES);
}

/* -- Meanwhile ----------------------------------------------------------------
 */

static CK_OBJECT_HANDLE original;
static struct identity *identity;

static CK_OBJECT_HANDLE
copy_key(void)
{
    struct transfer_outcome outcome;
    CK_OBJECT_HANDLE copy;

    original = transfer_add_secret(ends.from, CKK_AES, "aes");
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, original,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, original, identity, &outcome));
    cr_assert(transfer_make(ends.transfer, &copy, &outcome));
    return copy;
}

static void
expect_confirmed(CK_OBJECT_HANDLE copy, enum transfer_verdict verdict)
{
    struct transfer_outcome outcome = { .verdict = TRANSFER_FINE };

    cr_expect_eq(transfer_confirm(ends.transfer, copy, &outcome),
                 verdict == TRANSFER_FINE);
    cr_expect_eq(outcome.verdict, verdict, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_count(ends.to, true), verdict == TRANSFER_FINE);
    identity_free(identity);
}

Test(transfer_reason, a_copy_of_what_stays_stays)
{
    expect_confirmed(copy_key(), TRANSFER_FINE);
}

Test(transfer_reason, a_copy_of_what_was_changed_meanwhile_goes)
{
    CK_OBJECT_HANDLE copy = copy_key();
    CK_BYTE label[] = "other";
    CK_ATTRIBUTE attribute = { CKA_LABEL, label, sizeof(label) - 1 };

    cr_assert_eq(ends.from.functions->C_SetAttributeValue(ends.from.session,
                                                          original, &attribute,
                                                          1),
                 CKR_OK);
    expect_confirmed(copy, TRANSFER_OVERTAKEN);
}

Test(transfer_reason, a_copy_of_what_was_destroyed_meanwhile_goes)
{
    CK_OBJECT_HANDLE copy = copy_key();

    cr_assert_eq(ends.from.functions->C_DestroyObject(ends.from.session,
                                                      original),
                 CKR_OK);
    expect_confirmed(copy, TRANSFER_GONE);
}

static void
destroy_all(CK_OBJECT_HANDLE copy)
{
    cr_assert_eq(ends.to.functions->C_DestroyObject(ends.to.session, copy),
                 CKR_OK);
    cr_assert_eq(ends.from.functions->C_DestroyObject(ends.from.session,
                                                      original),
                 CKR_OK);
}

/* By an application that has found both. */
Test(transfer_reason, a_copy_that_was_destroyed_meanwhile_is_not_left_behind)
{
    CK_OBJECT_HANDLE copy = copy_key();

    destroy_all(copy);
    expect_confirmed(copy, TRANSFER_GONE);
}

/* R2.11: it looks as if the copy's handle had been given again. */
Test(transfer_reason, what_has_a_copys_handle_by_now_stays)
{
    struct transfer_outcome outcome = { .verdict = TRANSFER_FINE };
    CK_OBJECT_HANDLE other;

    destroy_all(copy_key());
    other = transfer_add_secret(ends.to, CKK_AES, "other");
    cr_expect_not(transfer_confirm(ends.transfer, other, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_LEFT_BEHIND, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_count(ends.to, true), 1);
    identity_free(identity);
}

/* A key against which nothing can be proven any more. */
static CK_RV
unwrap_and_destroy(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                   CK_OBJECT_HANDLE by, CK_BYTE *bytes, CK_ULONG length,
                   CK_ATTRIBUTE *template, CK_ULONG count,
                   CK_OBJECT_HANDLE *out)
{
    CK_RV rv = to.C_UnwrapKey(session, mechanism, by, bytes, length, template,
                              count, out);

    if (template_bool(template, count, CKA_TOKEN, false))
        (void)from.C_DestroyObject(ends.from.session, original);
    return rv;
}

Test(transfer_reason, what_was_destroyed_before_it_is_proven_is_no_bad_copy)
{
    struct transfer_outcome outcome;
    CK_OBJECT_HANDLE copy;

    original = transfer_add_secret(ends.from, CKK_AES, "aes");
    ends_functions(ends.to)->C_UnwrapKey = unwrap_and_destroy;
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, original,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, original, identity, &outcome));
    cr_expect_not(transfer_make(ends.transfer, &copy, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_GONE, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_count(ends.to, true), 0);
    identity_free(identity);
}
