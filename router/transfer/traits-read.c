/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads attributes of an object, many at a time: for some modules each call
 * costs as much as all that it asks for. */
#include "router/transfer/traits.h"

#include "common/cleanup.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static const CK_ULONG longest = 1024 * 1024;

/* A length that no member has written. */
static const CK_ULONG untold = CK_UNAVAILABLE_INFORMATION - 1;

static bool
is_absent(CK_RV rv, const CK_ATTRIBUTE *attribute)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID ||
           rv == CKR_ATTRIBUTE_VALUE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           (rv == CKR_OK &&
            attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION);
}

/* -- One alone ---------------------------------------------------------------
 */

/* Never without its length: NSS's softoken writes the value of a session's
 * object whole, whatever the room. What cannot be read now may be a
 * protection. */
static CK_RV
read_one(struct identity_place place, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE_TYPE type, struct traits *out)
{
    CK_ATTRIBUTE attribute = { type, NULL, 0 };
    CK_ULONG room;
    CK_RV rv = place.functions->C_GetAttributeValue(place.session, object,
                                                    &attribute, 1);

    if (is_absent(rv, &attribute))
        return CKR_OK;
    room = attribute.ulValueLen;
    if (rv != CKR_OK || room > longest)
        return rv != CKR_OK ? rv : CKR_DEVICE_MEMORY;
    attribute.pValue = malloc(room + 1);
    if (attribute.pValue == NULL)
        return CKR_HOST_MEMORY;
    rv = place.functions->C_GetAttributeValue(place.session, object, &attribute,
                                              1);
    if (rv == CKR_OK && attribute.ulValueLen > room)
        rv = CKR_GENERAL_ERROR;
    if (rv == CKR_OK &&
        !traits_add(out, type, attribute.pValue, attribute.ulValueLen))
        rv = CKR_HOST_MEMORY;
    OPENSSL_cleanse(attribute.pValue, room);
    free(attribute.pValue);
    return rv;
}

static CK_RV
read_each(struct identity_place place, CK_OBJECT_HANDLE object,
          const CK_ATTRIBUTE_TYPE *types, size_t n_types, struct traits *out)
{
    CK_RV rv = CKR_OK;

    for (size_t i = 0; rv == CKR_OK && i < n_types; i++)
        rv = read_one(place, object, types[i], out);
    return rv;
}

/* -- All at once -------------------------------------------------------------
 */

/* The lengths of all that the object has, in *n of the items. False: the member
 * has not come to each of them. */
static bool
measure(struct identity_place place, CK_OBJECT_HANDLE object,
        const CK_ATTRIBUTE_TYPE *types, size_t n_types, CK_ATTRIBUTE *items,
        CK_ULONG *n)
{
    CK_RV rv;

    for (size_t i = 0; i < n_types; i++)
        items[i] = (CK_ATTRIBUTE){ types[i], NULL, untold };
    rv = place.functions->C_GetAttributeValue(place.session, object, items,
                                              n_types);
    if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID &&
        rv != CKR_ATTRIBUTE_SENSITIVE)
        return false;
    *n = 0;
    for (size_t i = 0; i < n_types; i++) {
        if (items[i].ulValueLen == CK_UNAVAILABLE_INFORMATION)
            continue;
        if (items[i].ulValueLen > longest)
            return false;
        items[(*n)++] = items[i];
    }
    return true;
}

static size_t
lay_out(CK_ATTRIBUTE *items, CK_ULONG n, unsigned char *room)
{
    size_t used = 0;

    for (CK_ULONG i = 0; i < n; i++) {
        items[i].pValue = room == NULL ? NULL : room + used;
        /* With a byte more, none is a question for its length again; as
         * numbers are aligned. */
        used += (items[i].ulValueLen + 8) & ~(size_t)7;
    }
    return used;
}

/* Whether all of them were read as they were measured. */
static bool
fill(struct identity_place place, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *items,
     CK_ULONG n)
{
    CK_ULONG lengths[TRAITS_MOST];

    for (CK_ULONG i = 0; i < n; i++)
        lengths[i] = items[i].ulValueLen;
    if (place.functions->C_GetAttributeValue(place.session, object, items, n) !=
        CKR_OK)
        return false;
    for (CK_ULONG i = 0; i < n; i++)
        if (items[i].ulValueLen > lengths[i])
            return false;
    return true;
}

/* CKR_FUNCTION_FAILED: they are to be asked for one by one. */
static CK_RV
read_together(struct identity_place place, CK_OBJECT_HANDLE object,
              const CK_ATTRIBUTE_TYPE *types, size_t n_types,
              struct traits *out)
{
    CK_ATTRIBUTE items[TRAITS_MOST];
    unsigned char *room;
    CK_RV rv = CKR_OK;
    size_t length;
    CK_ULONG n;

    if (!measure(place, object, types, n_types, items, &n))
        return CKR_FUNCTION_FAILED;
    length = lay_out(items, n, NULL);
    room = malloc(length + 1);
    if (room == NULL)
        return CKR_HOST_MEMORY;
    (void)lay_out(items, n, room);
    if (n > 0 && !fill(place, object, items, n))
        rv = CKR_FUNCTION_FAILED;
    for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++)
        if (!traits_add(out, items[i].type, items[i].pValue,
                        items[i].ulValueLen))
            rv = CKR_HOST_MEMORY;
    OPENSSL_cleanse(room, length);
    free(room);
    return rv;
}

CK_RV
traits_read_values(struct identity_place place, CK_OBJECT_HANDLE object,
                   const CK_ATTRIBUTE_TYPE *types, size_t n_types,
                   struct traits *out)
{
    CK_RV rv = read_together(place, object, types, n_types, out);

    return rv == CKR_FUNCTION_FAILED
               ? read_each(place, object, types, n_types, out)
               : rv;
}

/* -- Whether there are any ---------------------------------------------------
 */

static bool
is_there(const CK_ATTRIBUTE *items, CK_ULONG n)
{
    for (CK_ULONG i = 0; i < n; i++)
        if (items[i].ulValueLen > 0)
            return true;
    return false;
}

bool
traits_are_there(struct identity_place place, CK_OBJECT_HANDLE object,
                 const CK_ATTRIBUTE_TYPE *types, size_t n_types)
{
    CK_ATTRIBUTE items[TRAITS_MOST];
    CK_ULONG n;

    if (measure(place, object, types, n_types, items, &n))
        return is_there(items, n);
    for (size_t i = 0; i < n_types; i++)
        if (measure(place, object, &types[i], 1, items, &n) &&
            is_there(items, n))
            return true;
    return false;
}
