/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads attributes, however a token answers for those that it lacks. */
#include "router/values.h"

#include <stdlib.h>
#include <string.h>

/* Longer values belong to no identity. */
enum { VALUE_MAX = 1 << 24 };

/* What buffers are filled with beforehand. */
enum { UNTOUCHED = 0xff };

/* "All others were filled" (R1.21). */
static bool
is_partial(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID ||
           rv == CKR_BUFFER_TOO_SMALL;
}

/* Asks for one alone: first its length, then the value. */
static CK_RV
value_read(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session,
           CK_OBJECT_HANDLE object, struct values *values, size_t index)
{
    CK_ATTRIBUTE *attribute = &values->attributes[index];
    CK_ATTRIBUTE query = { attribute->type, NULL, 0 };
    CK_RV rv = functions->C_GetAttributeValue(session, object, &query, 1);

    attribute->pValue = NULL;
    attribute->ulValueLen = 0;
    if (rv != CKR_OK || query.ulValueLen > VALUE_MAX)
        return rv;
    values->own[index] = malloc(query.ulValueLen + 1);
    if (values->own[index] == NULL)
        return CKR_HOST_MEMORY;
    values->own_length[index] = query.ulValueLen;
    query.pValue = values->own[index];
    rv = functions->C_GetAttributeValue(session, object, &query, 1);
    if (rv == CKR_OK && query.ulValueLen != CK_UNAVAILABLE_INFORMATION)
        *attribute = query;
    return rv;
}

/* Whether a token that stopped halfway left it as it was. */
static bool
is_untouched(const CK_ATTRIBUTE *attribute, const struct value_request *request)
{
    const unsigned char *bytes = attribute->pValue;

    if (attribute->ulValueLen != request->room)
        return false;
    for (size_t i = 0; i < request->room; i++)
        if (bytes[i] != UNTOUCHED)
            return false;
    return true;
}

/* Whether the first call settled this one. */
static bool
is_settled(const CK_ATTRIBUTE *attribute, const struct value_request *request,
           CK_RV rv)
{
    if (rv != CKR_OK && !is_partial(rv))
        return false;
    if (attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION)
        return !request->may_be_longer;
    return attribute->ulValueLen <= request->room &&
           (rv == CKR_OK || !is_untouched(attribute, request));
}

static CK_RV
values_settle(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session,
              CK_OBJECT_HANDLE object, const struct value_request *requests,
              CK_RV first_rv, struct values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        CK_ATTRIBUTE *attribute = &values->attributes[i];
        CK_RV rv;

        if (!is_settled(attribute, &requests[i], first_rv)) {
            rv = value_read(functions, session, object, values, i);
            if (rv == CKR_HOST_MEMORY ||
                (i == 0 && rv != CKR_OK && !is_partial(rv)))
                return rv;
        } else if (attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION) {
            attribute->pValue = NULL;
            attribute->ulValueLen = 0;
        }
    }
    return CKR_OK;
}

CK_RV
values_read(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session,
            CK_OBJECT_HANDLE object, const struct value_request *requests,
            size_t n_requests, struct values *out)
{
    size_t used = 0;
    CK_RV rv;

    *out = (struct values){ .count = n_requests };
    for (size_t i = 0; i < n_requests; i++)
        out->offered_length += (requests[i].room + 7) & ~(size_t)7;
    out->offered = malloc(out->offered_length);
    if (out->offered == NULL)
        return CKR_HOST_MEMORY;
    memset(out->offered, UNTOUCHED, out->offered_length);
    for (size_t i = 0; i < n_requests; i++) {
        out->attributes[i] =
            (CK_ATTRIBUTE){ requests[i].type, out->offered + used,
                            requests[i].room };
        used += (requests[i].room + 7) & ~(size_t)7;
    }
    rv = functions->C_GetAttributeValue(session, object, out->attributes,
                                        n_requests);
    rv = values_settle(functions, session, object, requests, rv, out);
    if (rv != CKR_OK)
        values_clear(out);
    return rv;
}

bool
values_find(const struct values *values, CK_ATTRIBUTE_TYPE type,
            struct octets *out)
{
    for (size_t i = 0; i < values->count; i++) {
        const CK_ATTRIBUTE *attribute = &values->attributes[i];

        if (attribute->type != type || attribute->pValue == NULL)
            continue;
        *out = (struct octets){ attribute->pValue, attribute->ulValueLen };
        return true;
    }
    *out = (struct octets){ 0 };
    return false;
}

struct octets
values_get(const struct values *values, CK_ATTRIBUTE_TYPE type)
{
    struct octets value;

    values_find(values, type, &value);
    return value;
}

CK_ULONG
values_number(const struct values *values, CK_ATTRIBUTE_TYPE type,
              CK_ULONG missing)
{
    struct octets value;
    CK_ULONG number;

    if (!values_find(values, type, &value) || value.length != sizeof(number))
        return missing;
    memcpy(&number, value.bytes, sizeof(number));
    return number;
}

bool
values_is_true(const struct values *values, CK_ATTRIBUTE_TYPE type)
{
    struct octets value;

    return values_find(values, type, &value) &&
           value.length == sizeof(CK_BBOOL) && value.bytes[0] != CK_FALSE;
}

void
values_clear(struct values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->own[i] == NULL)
            continue;
        explicit_bzero(values->own[i], values->own_length[i]);
        free(values->own[i]);
    }
    if (values->offered != NULL)
        explicit_bzero(values->offered, values->offered_length);
    free(values->offered);
    *values = (struct values){ 0 };
}
