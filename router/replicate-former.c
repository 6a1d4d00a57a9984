/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call changes, as it was before: for those that have changed it
 * already, when another member refuses. */
#include "router/replicate-private.h"

#include "router/pool.h"

#include <stdlib.h>
#include <string.h>

void
replicate_former_clear(struct replicate_former *former)
{
    for (CK_ULONG i = 0; i < former->count; i++) {
        explicit_bzero(former->items[i].pValue, former->items[i].ulValueLen);
        free(former->items[i].pValue);
    }
    free(former->items);
}

CK_RV
replicate_former_read(const struct call *call, struct replicate_former *out)
{
    CK_ULONG count = call->template_count[0];
    const CK_FUNCTION_LIST_3_2 *functions = call->pooled->functions;
    CK_RV rv = CKR_OK;

    *out = (struct replicate_former){ .items = calloc(count + 1,
                                                      sizeof(*out->items)) };
    if (out->items == NULL)
        return CKR_HOST_MEMORY;
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        CK_ATTRIBUTE *item = &out->items[out->count];
        CK_ULONG room;

        *item = (CK_ATTRIBUTE){ call->template[0][i].type, NULL, 0 };
        rv = functions->C_GetAttributeValue(call->pooled->handle,
                                            call->object[0], item, 1);
        if (rv == CKR_OK && item->ulValueLen == CK_UNAVAILABLE_INFORMATION)
            rv = CKR_ATTRIBUTE_SENSITIVE;
        if (rv != CKR_OK)
            continue;
        room = item->ulValueLen;
        item->pValue = malloc(room + 1);
        if (item->pValue == NULL)
            return CKR_HOST_MEMORY;
        out->count++;
        rv = functions->C_GetAttributeValue(call->pooled->handle,
                                            call->object[0], item, 1);
        if (rv == CKR_OK && item->ulValueLen > room)
            rv = CKR_GENERAL_ERROR;
        if (rv != CKR_OK)
            item->ulValueLen = room; /* as much is wiped */
    }
    return rv;
}
