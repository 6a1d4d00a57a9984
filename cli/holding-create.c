/* SPDX-License-Identifier: BSD-3-Clause */
/* Making certificates on a token, or where it keeps them. */
#include "cli/holding-create.h"

#include "router/spill.h"

static bool
create(const struct visit *visit, CK_ATTRIBUTE *template, CK_ULONG count,
       struct holding *holding, struct error *error)
{
    CK_OBJECT_HANDLE object;
    CK_RV rv = C_CreateObject(visit->session, template, count, &object);

    if (rv != CKR_OK)
        return visit_fail(visit, "C_CreateObject", rv, error);
    holding->on_token = holding->in_store = 0;
    if (spill_holds(visit->token, object))
        holding->in_store = object;
    else
        holding->on_token = object;
    return true;
}

static void
give(CK_ATTRIBUTE *template, CK_ULONG *count, CK_ATTRIBUTE_TYPE type,
     struct octets value)
{
    template[(*count)++] =
        (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value.bytes, value.length };
}

bool
holding_create(const struct visit *visit, struct holding *holding,
               struct error *error)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL is_token = CK_TRUE;
    CK_BBOOL is_private = CK_FALSE;
    CK_ATTRIBUTE template[10] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_PRIVATE, &is_private, sizeof(is_private) },
    };
    CK_ULONG count = 4;

    give(template, &count, CKA_SUBJECT, holding->parts.subject);
    give(template, &count, CKA_ISSUER, holding->parts.issuer);
    give(template, &count, CKA_SERIAL_NUMBER, holding->parts.serial_number);
    give(template, &count, CKA_VALUE, holding->value);
    if (holding->id.length > 0)
        give(template, &count, CKA_ID, holding->id);
    if (holding->label.length > 0)
        give(template, &count, CKA_LABEL, holding->label);
    return create(visit, template, count, holding, error);
}
