/* SPDX-License-Identifier: BSD-3-Clause */
/* A search that finds nothing. */
#include "router/member-refresh.h"

#include "router/call.h"
#include "router/watch.h"

bool
member_refresh(const struct pool_session *pooled)
{
    static const char nothing[] = "p11mux finds nothing";
    const CK_FUNCTION_LIST_3_2 *functions = pooled->functions;
    CK_ATTRIBUTE template = { CKA_ID, (void *)(uintptr_t)nothing,
                              sizeof(nothing) - 1 };
    CK_OBJECT_HANDLE found;
    struct stay stay;
    CK_ULONG count;
    CK_RV rv;

    if (!pool_enter_apart(pooled, CALL_C_FindObjectsInit, &stay))
        return false;
    rv = functions->C_FindObjectsInit(pooled->handle, &template, 1);
    if (rv == CKR_OK) {
        rv = functions->C_FindObjects(pooled->handle, &found, 1, &count);
        (void)functions->C_FindObjectsFinal(pooled->handle);
    }
    stay_end(&stay);
    return rv == CKR_OK;
}
