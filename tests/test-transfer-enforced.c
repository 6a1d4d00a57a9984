/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied to a token with rules of its own: how long labels and CKA_IDs
 * may be, and what it lets a key have. */
#include "router/template.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_FUNCTION_LIST_3_2 to; /* before it is changed */

/* What the token enforces of an attribute. */
static struct rule {
    CK_ATTRIBUTE_TYPE type;
    CK_ULONG longest; /* else it is refused, or cut */
    bool cuts;
    bool is_truth; /* which it has always, */
    CK_BBOOL truth;
    bool refuses; /* or takes no other */
} rule;

enum { MOST = 48 };

/* CKR_OK: as the token has it. */
static CK_RV
enforce(CK_ATTRIBUTE *items, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (items[i].type != rule.type)
            continue;
        if (rule.is_truth && *(CK_BBOOL *)items[i].pValue != rule.truth &&
            rule.refuses)
            return CKR_ATTRIBUTE_VALUE_INVALID;
        if (rule.is_truth)
            items[i].pValue = &rule.truth;
        else if (items[i].ulValueLen > rule.longest && !rule.cuts)
            return CKR_ATTRIBUTE_VALUE_INVALID;
        else if (items[i].ulValueLen > rule.longest)
            items[i].ulValueLen = rule.longest;
    }
    return CKR_OK;
}

static void
copy(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE *out)
{
    cr_assert_leq(count, MOST);
    memcpy(out, template, count * sizeof(*template));
}

static CK_RV
create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];
    CK_RV rv;

    copy(template, count, items);
    rv = enforce(items, count);
    return rv != CKR_OK ? rv : to.C_CreateObject(session, items, count, out);
}

static CK_RV
unwrap(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
       CK_BYTE *bytes, CK_ULONG length, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];
    CK_RV rv;

    copy(template, count, items);
    rv = enforce(items, count);
    return rv != CKR_OK ? rv
                        : to.C_UnwrapKey(session, mechanism, by, bytes, length,
                                         items, count, out);
}

static CK_RV
set(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
    CK_ULONG count)
{
    return template_find(template, count, rule.type) != NULL
               ? CKR_ATTRIBUTE_READ_ONLY
               : to.C_SetAttributeValue(session, object, template, count);
}

static void
begin(void)
{
    ends_connect_two();
    to = *ends.to.functions;
    ends_functions(ends.to)->C_CreateObject = create;
    ends_functions(ends.to)->C_UnwrapKey = unwrap;
    ends_functions(ends.to)->C_SetAttributeValue = set;
}

TestSuite(transfer_enforced, .init = begin, .fini = ends_free);

/* The public and the private key of a pair with a name of twelve letters; what
 * is not taken is named, and nothing stays. */
static void
expect_pair(enum transfer_verdict verdict)
{
    static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY,
                                               CKO_PRIVATE_KEY };

    (void)transfer_add_ec(ends.from, "twelve chars", CK_TRUE);
    for (size_t i = 0; i < 2; i++) {
        struct transfer_outcome outcome =
            ends_try(transfer_find(ends.from, classes[i], "twelve chars"));

        cr_expect_eq(outcome.verdict, verdict, "%s",
                     transfer_verdicts[outcome.verdict].name);
        cr_expect(outcome.has_attribute && outcome.attribute == rule.type);
    }
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

Test(transfer_enforced, a_label_that_is_too_long_is_named)
{
    rule = (struct rule){ .type = CKA_LABEL, .longest = 8 };
    expect_pair(TRANSFER_REFUSED);
}

Test(transfer_enforced, an_id_that_is_too_long_is_named)
{
    rule = (struct rule){ .type = CKA_ID, .longest = 4 };
    expect_pair(TRANSFER_REFUSED);
}

/* Under another name nobody would find it. */
Test(transfer_enforced, a_label_that_is_cut_is_none)
{
    rule = (struct rule){ .type = CKA_LABEL, .longest = 8, .cuts = true };
    expect_pair(TRANSFER_CHANGED);
}

Test(transfer_enforced, an_id_that_is_cut_is_none)
{
    rule = (struct rule){ .type = CKA_ID, .longest = 4, .cuts = true };
    expect_pair(TRANSFER_CHANGED);
}

Test(transfer_enforced, what_is_short_enough_moves)
{
    rule = (struct rule){ .type = CKA_LABEL, .longest = 12 };
    (void)transfer_add_ec(ends.from, "twelve chars", CK_TRUE);
    ends_expect_pair("twelve chars", WAY_KWP);
}

/* Members may protect better: a token that lets no key out again. */
Test(transfer_enforced, a_key_that_may_not_leave_again_moves)
{
    for (unsigned refuses = 0; refuses < 2; refuses++) {
        const char *name = refuses != 0 ? "one" : "two";

        rule = (struct rule){ .type = CKA_EXTRACTABLE,
                              .is_truth = true,
                              .truth = CK_FALSE,
                              .refuses = refuses != 0 };
        (void)transfer_add_ec(ends.from, name, CK_TRUE);
        (void)ends_copy(CKO_PUBLIC_KEY, name, WAY_CREATED);
        (void)ends_copy(CKO_PRIVATE_KEY, name, WAY_KWP);
    }
}

/* One that lets keys do what the old one does not is none. */
Test(transfer_enforced, a_usage_that_is_always_there_is_a_reason)
{
    CK_OBJECT_HANDLE key = transfer_add_rsa(ends.from, "rsa");
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE attribute = { CKA_DECRYPT, &no, sizeof(no) };
    struct transfer_outcome outcome;

    cr_assert_eq(ends.from.functions->C_SetAttributeValue(ends.from.session,
                                                          key, &attribute, 1),
                 CKR_OK);
    rule = (struct rule){ .type = CKA_DECRYPT,
                          .is_truth = true,
                          .truth = CK_TRUE };
    outcome = ends_try(key);
    cr_expect_eq(outcome.verdict, TRANSFER_CHANGED, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect(outcome.has_attribute && outcome.attribute == CKA_DECRYPT);
}

Test(transfer_enforced, a_usage_that_is_refused_is_named)
{
    struct transfer_outcome outcome;

    rule = (struct rule){
        .type = CKA_VERIFY, .is_truth = true, .truth = CK_FALSE, .refuses = true
    };
    (void)transfer_add_ec(ends.from, "ec", CK_TRUE);
    outcome = ends_try(transfer_find(ends.from, CKO_PUBLIC_KEY, "ec"));
    cr_expect_eq(outcome.verdict, TRANSFER_REFUSED, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect(outcome.has_attribute && outcome.attribute == CKA_VERIFY);
}
