/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading templates; they are never changed or copied. */
#include "router/template.h"

#include "router/object.h"

const CK_ATTRIBUTE *
template_find(const CK_ATTRIBUTE *template, CK_ULONG count,
              CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = count; template != NULL && i-- > 0;)
        if (template[i].type == type)
            return &template[i];
    return NULL;
}

bool
template_bool(const CK_ATTRIBUTE *template, CK_ULONG count,
              CK_ATTRIBUTE_TYPE type, bool otherwise)
{
    const CK_ATTRIBUTE *attribute = template_find(template, count, type);

    if (attribute == NULL || attribute->pValue == NULL ||
        attribute->ulValueLen != sizeof(CK_BBOOL))
        return otherwise;
    return *(const CK_BBOOL *)attribute->pValue != CK_FALSE;
}

unsigned
template_object_flags(const CK_ATTRIBUTE *template, CK_ULONG count,
                      bool token_default, unsigned base)
{
    unsigned privacy = base & (OBJECT_IS_PRIVATE | OBJECT_IS_PUBLIC);
    unsigned storage = base & (OBJECT_IS_TOKEN | OBJECT_IS_SESSION);

    if (template_find(template, count, CKA_TOKEN) != NULL || base == 0)
        storage = template_bool(template, count, CKA_TOKEN, token_default)
                      ? OBJECT_IS_TOKEN
                      : OBJECT_IS_SESSION;
    /* Without the attribute the token decides (R2.10): not known. */
    if (template_find(template, count, CKA_PRIVATE) != NULL)
        privacy = template_bool(template, count, CKA_PRIVATE, true)
                      ? OBJECT_IS_PRIVATE
                      : OBJECT_IS_PUBLIC;
    return privacy | storage;
}
