/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes as numbers or bytes. */
#include "store/field.h"

#include <string.h>

/* Attributes of certificates that are a CK_ULONG. */
static const CK_ATTRIBUTE_TYPE number_types[] = {
    CKA_CLASS,
    CKA_CERTIFICATE_TYPE,
    CKA_CERTIFICATE_CATEGORY,
    CKA_JAVA_MIDP_SECURITY_DOMAIN,
    CKA_NAME_HASH_ALGORITHM,
};

bool
attribute_is_number(const CK_ATTRIBUTE *attribute)
{
    if (attribute->ulValueLen != sizeof(CK_ULONG) || attribute->pValue == NULL)
        return false;
    for (size_t i = 0; i < sizeof(number_types) / sizeof(number_types[0]); i++)
        if (number_types[i] == attribute->type)
            return true;
    return false;
}

/* What is not known is that everywhere, however long a CK_ULONG is. */
static int64_t
number_get(const CK_ATTRIBUTE *attribute)
{
    CK_ULONG number;

    memcpy(&number, attribute->pValue, sizeof(number));
    return number == CK_UNAVAILABLE_INFORMATION ? -1 : (int64_t)number;
}

CK_ULONG
field_number(int64_t number)
{
    return (uint64_t)number > CK_UNAVAILABLE_INFORMATION
               ? CK_UNAVAILABLE_INFORMATION
               : (CK_ULONG)number;
}

struct field
field_make(const CK_ATTRIBUTE *attribute)
{
    if (attribute_is_number(attribute))
        return (struct field){ .kind = FIELD_NUMBER,
                               .number = number_get(attribute) };
    return (struct field){ .kind = FIELD_BYTES,
                           .bytes = attribute->ulValueLen > 0
                                        ? attribute->pValue
                                        : "",
                           .length = attribute->ulValueLen };
}

bool
field_equals(const struct field *a, const struct field *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == FIELD_NUMBER)
        return a->number == b->number;
    return a->kind == FIELD_NULL ||
           (a->length == b->length &&
            memcmp(a->bytes, b->bytes, a->length) == 0);
}
