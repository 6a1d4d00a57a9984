/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that may not be changed, copied or destroyed, and a target that heeds
 * that: nothing can be made good of a copy that is told too early. */
#include "router/template.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>

static CK_FUNCTION_LIST_3_2 from, to; /* before they are changed */

enum { LIMITS = 3, MOST = 32, OBJECTS = 64 };

static const CK_ATTRIBUTE_TYPE limits[LIMITS] = { CKA_COPYABLE, CKA_MODIFIABLE,
                                                  CKA_DESTROYABLE };

/* -- The original ------------------------------------------------------------
 */

static bool is_denied[LIMITS];

static void
overlay(CK_ATTRIBUTE *template, CK_ULONG count, const bool *are_false)
{
    for (CK_ULONG i = 0; i < count; i++)
        for (size_t j = 0; j < LIMITS; j++)
            if (template[i].type == limits[j] && template[i].pValue != NULL)
                *(CK_BBOOL *)template[i].pValue =
                    are_false[j] ? CK_FALSE : CK_TRUE;
}

static CK_RV
read_original(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
              CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV rv = from.C_GetAttributeValue(session, object, template, count);

    if (rv == CKR_OK)
        overlay(template, count, is_denied);
    return rv;
}

/* -- The target --------------------------------------------------------------
 */

static struct toy {
    CK_OBJECT_HANDLE handle;
    bool are_false[LIMITS];
} toys[OBJECTS];

static bool ignores_templates;

static struct toy *
find_toy(CK_OBJECT_HANDLE handle)
{
    size_t i = 0;

    while (toys[i].handle != 0 && toys[i].handle != handle)
        cr_assert_lt(++i, OBJECTS);
    toys[i].handle = handle;
    return &toys[i];
}

static bool
is_false(struct toy *toy, CK_ATTRIBUTE_TYPE type)
{
    size_t i = 0;

    while (limits[i] != type)
        i++;
    return toy->are_false[i];
}

static void
take(struct toy *toy, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (size_t i = 0; i < LIMITS; i++)
        if (!template_bool(template, count, limits[i], true))
            toy->are_false[i] = true;
}

static CK_ULONG
leave_out(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE *out)
{
    CK_ULONG n_kept = 0;

    cr_assert_leq(count, MOST);
    for (CK_ULONG i = 0; i < count; i++) {
        size_t j = 0;

        while (j < LIMITS && template[i].type != limits[j])
            j++;
        if (j == LIMITS)
            out[n_kept++] = template[i];
    }
    return n_kept;
}

static void
born(CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct toy *toy = find_toy(handle);

    *toy = (struct toy){ .handle = handle };
    if (!ignores_templates)
        take(toy, template, count);
}

static CK_RV
create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];
    CK_ULONG n_items = leave_out(template, count, items);
    CK_RV rv = to.C_CreateObject(session, items, n_items, out);

    if (rv == CKR_OK)
        born(*out, template, count);
    return rv;
}

static CK_RV
unwrap(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
       CK_BYTE *bytes, CK_ULONG length, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE items[MOST];
    CK_ULONG n_items = leave_out(template, count, items);
    CK_RV rv = to.C_UnwrapKey(session, mechanism, by, bytes, length, items,
                              n_items, out);

    if (rv == CKR_OK)
        born(*out, template, count);
    return rv;
}

static CK_RV
read_copy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
          CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV rv = to.C_GetAttributeValue(session, object, template, count);

    if (rv == CKR_OK)
        overlay(template, count, find_toy(object)->are_false);
    return rv;
}

static CK_RV
set_copy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct toy *toy = find_toy(object);
    CK_ATTRIBUTE items[MOST];
    CK_ULONG n_items = leave_out(template, count, items);
    CK_RV rv = CKR_OK;

    if (is_false(toy, CKA_MODIFIABLE))
        return CKR_ACTION_PROHIBITED;
    if (n_items > 0)
        rv = to.C_SetAttributeValue(session, object, items, n_items);
    if (rv == CKR_OK)
        take(toy, template, count);
    return rv;
}

static CK_RV
destroy_copy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    return is_false(find_toy(object), CKA_DESTROYABLE)
               ? CKR_ACTION_PROHIBITED
               : to.C_DestroyObject(session, object);
}

static void
begin(void)
{
    ends_connect_two();
    from = *ends.from.functions;
    to = *ends.to.functions;
    ends_functions(ends.from)->C_GetAttributeValue = read_original;
    ends_functions(ends.to)->C_CreateObject = create;
    ends_functions(ends.to)->C_UnwrapKey = unwrap;
    ends_functions(ends.to)->C_GetAttributeValue = read_copy;
    ends_functions(ends.to)->C_SetAttributeValue = set_copy;
    ends_functions(ends.to)->C_DestroyObject = destroy_copy;
}

TestSuite(transfer_seal, .init = begin, .fini = ends_free);

/* -- What comes of it --------------------------------------------------------
 */

Test(transfer_seal, what_may_not_be_changed_is_given_the_others_first)
{
    CK_OBJECT_HANDLE copy;

    is_denied[0] = is_denied[1] = true;
    ignores_templates = true;
    (void)transfer_add_data(ends.from, "data");
    copy = ends_copy(CKO_DATA, "data", WAY_CREATED);
    for (size_t i = 0; i < LIMITS; i++)
        ends_expect_truth(copy, limits[i], is_denied[i] ? CK_FALSE : CK_TRUE);
}
