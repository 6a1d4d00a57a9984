/* SPDX-License-Identifier: BSD-3-Clause */
/* Changes a certificate's attributes, and copies them (8.4, 8.5). */
#include "backends/certificate.h"

#include "backends/certificate-selection.h"
#include "common/cleanup.h"

static bool
may_set(const struct certificate_fact *fact, unsigned of,
        const CK_ATTRIBUTE *attribute)
{
    (void)attribute;
    return (fact->changes & of) != 0;
}

static bool
may_copy(const struct certificate_fact *fact, unsigned of,
         const CK_ATTRIBUTE *attribute)
{
    return fact->may_differ || may_set(fact, of, attribute);
}

/* What can be changed of an object that is not modifiable is nothing, in its
 * copies too (SoftHSM answers the same). */
static bool
may_copy_unmodifiable(const struct certificate_fact *fact, unsigned of,
                      const CK_ATTRIBUTE *attribute)
{
    (void)of;
    (void)attribute;
    return fact->may_differ;
}

/* The object as the selection changes it. */
static CK_RV
merge(const struct store_object *object,
      struct certificate_selection *selection, struct store_object *out)
{
    struct store_object changes = { selection->attributes, selection->count };
    CK_RV rv = certificate_merge(object, &changes, out);

    if (rv == CKR_OK && certificate_size(out) > certificate_most_bytes) {
        store_object_clear(out);
        rv = CKR_DEVICE_MEMORY;
    }
    return rv;
}

CK_RV
certificate_change(const struct store_object *object,
                   const CK_ATTRIBUTE *template, CK_ULONG count,
                   struct store_object *changes)
{
    CLEANUP(store_object_clear) struct store_object merged = { NULL, 0 };
    struct certificate_selection given;
    CK_RV rv;

    *changes = (struct store_object){ NULL, 0 };
    if (!certificate_is(object, CKA_MODIFIABLE) ||
        certificate_is(object, CKA_TRUSTED))
        return CKR_ACTION_PROHIBITED;
    rv = certificate_select(template, count,
                            certificate_type_bit(
                                certificate_get(object, CKA_CERTIFICATE_TYPE)),
                            may_set, &given);
    if (rv != CKR_OK)
        return rv;
    if (given.is_contradictory)
        return CKR_TEMPLATE_INCONSISTENT;
    rv = merge(object, &given, &merged);
    if (rv != CKR_OK)
        return rv;
    return certificate_pack(given.attributes, given.count, changes);
}

CK_RV
certificate_copy(const struct store_object *object,
                 const CK_ATTRIBUTE *template, CK_ULONG count,
                 struct store_object *out)
{
    static const CK_BBOOL no = CK_FALSE;
    struct certificate_selection given;
    char unique_id[UNIQUE_ID_LENGTH + 1];
    CK_RV rv;

    *out = (struct store_object){ NULL, 0 };
    if (!certificate_is(object, CKA_COPYABLE))
        return CKR_ACTION_PROHIBITED;
    rv = certificate_select(template, count,
                            certificate_type_bit(
                                certificate_get(object, CKA_CERTIFICATE_TYPE)),
                            certificate_is(object, CKA_MODIFIABLE)
                                ? may_copy
                                : may_copy_unmodifiable,
                            &given);
    if (rv != CKR_OK)
        return rv;
    /* R8.13 */
    if (given.is_contradictory ||
        certificate_is_true(certificate_selected(&given, CKA_PRIVATE)))
        return CKR_TEMPLATE_INCONSISTENT;
    if (!certificate_make_unique_id(unique_id))
        return CKR_FUNCTION_FAILED;
    certificate_give(&given, CKA_UNIQUE_ID, unique_id, UNIQUE_ID_LENGTH);
    certificate_give(&given, CKA_TRUSTED, &no, sizeof(no));
    return merge(object, &given, out);
}
