/* SPDX-License-Identifier: BSD-3-Clause */
/* The handles that a search finds. */
#include "cli/handles.h"

#include "cli/memory.h"
#include "cli/target.h"

#include <stdlib.h>

enum { HANDLES_AT_ONCE = 64 };

static CK_RV
collect(CK_SESSION_HANDLE session, struct handles *out)
{
    CK_OBJECT_HANDLE some[HANDLES_AT_ONCE];
    CK_ULONG count = 1;
    CK_RV rv = CKR_OK;

    while (rv == CKR_OK && count > 0) {
        rv = C_FindObjects(session, some, HANDLES_AT_ONCE, &count);
        for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
            out->items =
                memory_grow(out->items, out->n_items, sizeof(*out->items));
            out->items[out->n_items++] = some[i];
        }
    }
    return rv;
}

bool
handles_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
             struct handles *out, struct error *error)
{
    CK_RV rv;

    *out = (struct handles){ .items = NULL };
    rv = C_FindObjectsInit(session, template, count);
    if (rv != CKR_OK)
        return target_fail("C_FindObjectsInit", rv, error);
    rv = collect(session, out);
    (void)C_FindObjectsFinal(session);
    return rv == CKR_OK || target_fail("C_FindObjects", rv, error);
}

void
handles_clear(struct handles *handles)
{
    free(handles->items);
}
