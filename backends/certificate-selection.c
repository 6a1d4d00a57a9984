/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes from a template what it gives. */
#include "backends/certificate-selection.h"

#include "common/crypto.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const CK_ATTRIBUTE *
certificate_selected(const struct certificate_selection *selection,
                     CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < selection->count; i++)
        if (selection->attributes[i].type == type)
            return &selection->attributes[i];
    return NULL;
}

bool
certificate_is_true(const CK_ATTRIBUTE *attribute)
{
    return attribute != NULL && attribute->pValue != NULL &&
           attribute->ulValueLen == sizeof(CK_BBOOL) &&
           *(const CK_BBOOL *)attribute->pValue == CK_TRUE;
}

size_t
certificate_length(const struct certificate_selection *selection,
                   CK_ATTRIBUTE_TYPE type)
{
    const CK_ATTRIBUTE *attribute = certificate_selected(selection, type);

    return attribute == NULL ? 0 : attribute->ulValueLen;
}

static void
add(struct certificate_selection *selection, const CK_ATTRIBUTE *attribute)
{
    const CK_ATTRIBUTE *same = certificate_selected(selection, attribute->type);

    if (same == NULL)
        selection->attributes[selection->count++] = *attribute;
    else if (same->ulValueLen != attribute->ulValueLen ||
             (same->ulValueLen > 0 &&
              memcmp(same->pValue, attribute->pValue, same->ulValueLen) != 0))
        selection->is_contradictory = true;
}

void
certificate_give(struct certificate_selection *selection,
                 CK_ATTRIBUTE_TYPE type, const void *value, size_t length)
{
    CK_ULONG i = 0;

    while (i < selection->count && selection->attributes[i].type != type)
        i++;
    if (i == selection->count)
        selection->count++;
    /* CK_ATTRIBUTE has no const; nobody writes there. */
    selection->attributes[i] =
        (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, length };
}

CK_RV
certificate_select(const CK_ATTRIBUTE *template, CK_ULONG count, unsigned of,
                   certificate_right *may_give,
                   struct certificate_selection *out)
{
    out->of = of;
    out->count = 0;
    out->is_contradictory = false;
    for (CK_ULONG i = 0; i < count; i++)
        if (certificate_fact(template[i].type, of) == NULL)
            return CKR_ATTRIBUTE_TYPE_INVALID;
    for (CK_ULONG i = 0; i < count; i++)
        if (!may_give(certificate_fact(template[i].type, of), of, &template[i]))
            return CKR_ATTRIBUTE_READ_ONLY;
    for (CK_ULONG i = 0; i < count; i++)
        if (!certificate_value_fits(certificate_fact(template[i].type, of),
                                    &template[i]))
            return CKR_ATTRIBUTE_VALUE_INVALID;
    for (CK_ULONG i = 0; i < count; i++)
        add(out, &template[i]);
    return CKR_OK;
}

bool
certificate_make_unique_id(char out[UNIQUE_ID_LENGTH + 1])
{
    unsigned char bytes[UNIQUE_ID_LENGTH / 2];

    if (!crypto_random(bytes, sizeof(bytes)))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return true;
}
