/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object is denied its copy is denied, too: recovery, and to be
 * changed, copied or destroyed. */
#include "router/template.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_FUNCTION_LIST_3_2 from, to; /* before they are changed */
static CK_ATTRIBUTE_TYPE denied;

enum { MOST = 32 };

static void
begin(void)
{
    ends_connect_two();
    from = *ends.from.functions;
    to = *ends.to.functions;
}

TestSuite(transfer_limit, .init = begin, .fini = ends_free);

/* -- An original that is denied something ------------------------------------
 */

static CK_RV
read_denied(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV rv = from.C_GetAttributeValue(session, object, template, count);

    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++)
        if (template[i].type == denied && template[i].pValue != NULL)
            *(CK_BBOOL *)template[i].pValue = CK_FALSE;
    return rv;
}

/* One for each of them, which a softer target would let do more. */
static const struct row {
    CK_ATTRIBUTE_TYPE type;
    CK_OBJECT_CLASS object_class;
    const char *name;
} rows[] = {
    { CKA_SIGN_RECOVER, CKO_PRIVATE_KEY, "one" },
    { CKA_VERIFY_RECOVER, CKO_PUBLIC_KEY, "two" },
    { CKA_MODIFIABLE, CKO_DATA, "three" },
    { CKA_COPYABLE, CKO_DATA, "four" },
    { CKA_DESTROYABLE, CKO_DATA, "five" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static CK_OBJECT_HANDLE
add(const struct row *row)
{
    denied = row->type;
    ends_functions(ends.from)->C_GetAttributeValue = read_denied;
    if (row->object_class == CKO_DATA)
        return transfer_add_data(ends.from, row->name);
    (void)transfer_add_ec(ends.from, row->name, CK_TRUE);
    return transfer_find(ends.from, row->object_class, row->name);
}

/* -- A target that does not heed it ------------------------------------------
 */

static CK_ULONG
leave_out(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE *out)
{
    CK_ULONG n_kept = 0;

    cr_assert_leq(count, MOST);
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type != denied)
            out[n_kept++] = template[i];
    return n_kept;
}

static CK_RV
create_all_the_same(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
                    CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];

    count = leave_out(template, count, items);
    return to.C_CreateObject(session, items, count, out);
}

static CK_RV
unwrap_all_the_same(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                    CK_OBJECT_HANDLE by, CK_BYTE *bytes, CK_ULONG length,
                    CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];

    count = leave_out(template, count, items);
    return to.C_UnwrapKey(session, mechanism, by, bytes, length, items, count,
                          out);
}

static CK_RV
set_nothing(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE *template, CK_ULONG count)
{
    (void)session, (void)object, (void)template, (void)count;
    return CKR_ATTRIBUTE_READ_ONLY;
}

static void
ignore_it_in_templates(void)
{
    ends_functions(ends.to)->C_CreateObject = create_all_the_same;
    ends_functions(ends.to)->C_UnwrapKey = unwrap_all_the_same;
}

Test(transfer_limit, a_copy_that_may_do_more_is_none)
{
    ignore_it_in_templates();
    ends_functions(ends.to)->C_SetAttributeValue = set_nothing;
    for (size_t i = 0; i < ROWS; i++) {
        struct transfer_outcome outcome = ends_try(add(&rows[i]));

        cr_expect_eq(outcome.verdict, TRANSFER_CHANGED, "%s: %s", rows[i].name,
                     transfer_verdicts[outcome.verdict].name);
        cr_expect(outcome.has_attribute && outcome.attribute == rows[i].type,
                  "%s", rows[i].name);
    }
    cr_expect_eq(transfer_count(ends.to, true), 0);
}

Test(transfer_limit, what_is_not_heeded_at_once_is_set)
{
    CK_OBJECT_HANDLE copy;

    (void)add(&rows[0]);
    ignore_it_in_templates();
    copy = ends_copy(CKO_PRIVATE_KEY, rows[0].name, WAY_KWP);
    ends_expect_truth(copy, CKA_SIGN_RECOVER, CK_FALSE);
}

/* -- One whose objects do not have it ----------------------------------------
 */

static CK_RV
read_unknown(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
             CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (template_find(template, count, denied) == NULL)
        return to.C_GetAttributeValue(session, object, template, count);
    template[0].ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

static void
expect_named(const struct row *row)
{
    CK_OBJECT_HANDLE object = add(row), copy;
    struct transfer_outcome outcome = ends_try(object);
    struct transfer_evidence evidence;
    struct identity *identity;

    cr_assert_eq(outcome.verdict, TRANSFER_FINE, "%s: %s", row->name,
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(outcome.n_silent, 1, "%s", row->name);
    cr_expect_eq(outcome.silent[0], row->type, "%s", row->name);
    copy =
        ends_copy(row->object_class, row->name,
                  row->object_class == CKO_PRIVATE_KEY ? WAY_KWP : WAY_CREATED);
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_verify(ends.transfer, object, identity, copy, &evidence,
                              &outcome));
    identity_free(identity);
    cr_assert_eq(evidence.differences.count, 1, "%s", row->name);
    cr_expect_eq(evidence.differences.items[0].type, row->type);
    cr_expect(evidence.differences.items[0].is_expected, "%s", row->name);
}

Test(transfer_limit, what_the_target_does_not_know_is_named)
{
    ignore_it_in_templates();
    ends_functions(ends.to)->C_GetAttributeValue = read_unknown;
    for (size_t i = 0; i < ROWS; i++)
        expect_named(&rows[i]);
}

/* -- One that heeds it -------------------------------------------------------
 */

/* What cannot be destroyed cannot be tried for the session without a trace. */
Test(transfer_limit, a_copy_that_may_do_no_more_is_one)
{
    for (size_t i = 0; rows[i].type != CKA_DESTROYABLE; i++) {
        CK_OBJECT_HANDLE copy;

        (void)add(&rows[i]);
        copy = ends_copy(rows[i].object_class, rows[i].name,
                         rows[i].object_class == CKO_PRIVATE_KEY ? WAY_KWP
                                                                 : WAY_CREATED);
        ends_expect_truth(copy, rows[i].type, CK_FALSE);
    }
}
