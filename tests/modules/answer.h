/* SPDX-License-Identifier: BSD-3-Clause */
/* What test modules answer by the conventions of PKCS#11: sizes, blank-padded
 * fields, interfaces. */
#ifndef TESTS_MODULES_ANSWER_H
#define TESTS_MODULES_ANSWER_H

#include "common/cryptoki.h"

#include <string.h>

/* Bytes into a buffer of *to_length; a NULL buffer asks for the size. */
static inline CK_RV
answer_bytes(const void *from, CK_ULONG from_length, void *to,
             CK_ULONG_PTR to_length)
{
    CK_ULONG room;

    if (to_length == NULL)
        return CKR_ARGUMENTS_BAD;
    room = *to_length;
    *to_length = from_length;
    if (to == NULL)
        return CKR_OK;
    if (room < from_length)
        return CKR_BUFFER_TOO_SMALL;
    if (from_length > 0)
        memcpy(to, from, from_length);
    return CKR_OK;
}

/* The same for slots and mechanisms: the length counts numbers. */
static inline CK_RV
answer_numbers(const CK_ULONG *from, CK_ULONG n_from, CK_ULONG_PTR to,
               CK_ULONG_PTR n_to)
{
    CK_ULONG room;

    if (n_to == NULL)
        return CKR_ARGUMENTS_BAD;
    room = *n_to;
    *n_to = n_from;
    if (to == NULL)
        return CKR_OK;
    if (room < n_from)
        return CKR_BUFFER_TOO_SMALL;
    if (n_from > 0)
        memcpy(to, from, n_from * sizeof(*to));
    return CKR_OK;
}

/* One attribute of C_GetAttributeValue. */
static inline CK_RV
answer_attribute(const void *from, CK_ULONG from_length, CK_ATTRIBUTE_PTR to)
{
    if (to->pValue != NULL && to->ulValueLen < from_length) {
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (to->pValue != NULL && from_length > 0)
        memcpy(to->pValue, from, from_length);
    to->ulValueLen = from_length;
    return CKR_OK;
}

/* A field of text, padded with blanks. */
static inline void
answer_field(CK_UTF8CHAR *field, size_t field_length, const char *text)
{
    size_t length = strlen(text);

    memset(field, ' ', field_length);
    memcpy(field, text, length < field_length ? length : field_length);
}

/* The first interface of that name and version (either may be NULL) that has
 * the flags. */
static inline CK_RV
answer_interface(CK_INTERFACE *interfaces, CK_ULONG n_interfaces,
                 const CK_UTF8CHAR *name, const CK_VERSION *version,
                 CK_INTERFACE_PTR_PTR out, CK_FLAGS flags)
{
    CK_ULONG i;

    if (out == NULL)
        return CKR_ARGUMENTS_BAD;
    for (i = 0; i < n_interfaces; i++) {
        const CK_VERSION *offered = interfaces[i].pFunctionList;

        if ((name == NULL ||
             strcmp((const char *)name, (char *)interfaces[i].pInterfaceName) ==
                 0) &&
            (version == NULL || (version->major == offered->major &&
                                 version->minor == offered->minor)) &&
            (interfaces[i].flags & flags) == flags) {
            *out = &interfaces[i];
            return CKR_OK;
        }
    }
    return CKR_FUNCTION_FAILED;
}

/* All interfaces, by the size convention. */
static inline CK_RV
answer_interfaces(const CK_INTERFACE *from, CK_ULONG n_from,
                  CK_INTERFACE_PTR to, CK_ULONG_PTR n_to)
{
    CK_ULONG room;

    if (n_to == NULL)
        return CKR_ARGUMENTS_BAD;
    room = *n_to;
    *n_to = n_from;
    if (to == NULL)
        return CKR_OK;
    if (room < n_from)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(to, from, n_from * sizeof(*to));
    return CKR_OK;
}

#endif
