/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes that a certificate has: reading, comparing, copying them. */
#include "backends/certificate.h"

#include "backends/certificate-facts.h"

#include <stdlib.h>
#include <string.h>

const CK_ATTRIBUTE *
certificate_get(const struct store_object *object, CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < object->count; i++)
        if (object->attributes[i].type == type)
            return &object->attributes[i];
    return NULL;
}

bool
certificate_is(const struct store_object *object, CK_ATTRIBUTE_TYPE type)
{
    const CK_ATTRIBUTE *attribute = certificate_get(object, type);

    return attribute != NULL && attribute->ulValueLen == sizeof(CK_BBOOL) &&
           *(const CK_BBOOL *)attribute->pValue == CK_TRUE;
}

static bool
has_attribute(const struct store_object *object, const CK_ATTRIBUTE *wanted)
{
    const CK_ATTRIBUTE *its = certificate_get(object, wanted->type);

    return its != NULL && its->ulValueLen == wanted->ulValueLen &&
           (its->ulValueLen == 0 ||
            (wanted->pValue != NULL &&
             memcmp(its->pValue, wanted->pValue, its->ulValueLen) == 0));
}

bool
certificate_matches(const struct store_object *object,
                    const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (!has_attribute(object, &template[i]))
            return false;
    return true;
}

bool
certificate_may_match(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ATTRIBUTE_TYPE type = template[i].type;
        /* Of CKA_VALUE's two rows this one allows more. */
        const struct certificate_fact *fact =
            certificate_fact(type, type == CKA_VALUE ? OF_WTLS : OF_ALL);

        if (fact == NULL || !certificate_value_fits(fact, &template[i]))
            return false;
    }
    return true;
}

static CK_RV
get_value(const CK_ATTRIBUTE *its, CK_ATTRIBUTE *out)
{
    CK_ULONG room = out->ulValueLen;

    if (its == NULL) {
        out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    out->ulValueLen = its->ulValueLen;
    if (out->pValue == NULL)
        return CKR_OK;
    if (room < its->ulValueLen) {
        out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (its->ulValueLen > 0)
        memcpy(out->pValue, its->pValue, its->ulValueLen);
    return CKR_OK;
}

CK_RV
certificate_get_values(const struct store_object *object,
                       CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV result = CKR_OK;

    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv =
            get_value(certificate_get(object, template[i].type), &template[i]);

        if (rv != CKR_OK && result != CKR_ATTRIBUTE_TYPE_INVALID)
            result = rv;
    }
    return result;
}

size_t
certificate_size(const struct store_object *object)
{
    size_t size = 0;

    for (CK_ULONG i = 0; i < object->count; i++)
        size += object->attributes[i].ulValueLen;
    return size;
}

CK_RV
certificate_pack(const CK_ATTRIBUTE *attributes, CK_ULONG count,
                 struct store_object *out)
{
    /* All lengths are of values that are in memory. */
    struct store_object from = { NULL, count };
    size_t size = count * sizeof(*attributes);
    CK_BYTE *value;

    *out = (struct store_object){ NULL, 0 };
    for (CK_ULONG i = 0; i < count; i++)
        size += attributes[i].ulValueLen;
    from.attributes = malloc(size > 0 ? size : 1);
    if (from.attributes == NULL)
        return CKR_HOST_MEMORY;
    value = (CK_BYTE *)(from.attributes + count);
    for (CK_ULONG i = 0; i < count; i++) {
        from.attributes[i] = attributes[i];
        from.attributes[i].pValue = value;
        if (attributes[i].ulValueLen > 0)
            memcpy(value, attributes[i].pValue, attributes[i].ulValueLen);
        value += attributes[i].ulValueLen;
    }
    *out = from;
    return CKR_OK;
}

CK_RV
certificate_merge(const struct store_object *object,
                  const struct store_object *changes, struct store_object *out)
{
    CK_ATTRIBUTE merged[CERTIFICATE_FACTS];
    CK_ULONG count = 0;

    *out = (struct store_object){ NULL, 0 };
    for (; count < object->count && count < CERTIFICATE_FACTS; count++) {
        const CK_ATTRIBUTE *its =
            certificate_get(changes, object->attributes[count].type);

        merged[count] = its != NULL ? *its : object->attributes[count];
    }
    return certificate_pack(merged, count, out);
}
