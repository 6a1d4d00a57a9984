/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: searches. */
#include "router/call.h"
#include "router/search.h"

CK_RV
C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                  CK_ULONG count)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_FindObjectsInit, session);

    call_needs_bytes(&call, template, count);
    while (call_route(&call))
        call.rv = search_collect(&call, template, count);
    return call_finish(&call);
}

CK_RV
C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects,
              CK_ULONG room, CK_ULONG_PTR count)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_FindObjects, session);

    call_needs_bytes(&call, objects, room);
    call_needs(&call, count);
    while (call_route(&call))
        call.rv = search_next(&call, objects, room, count);
    return call_finish(&call);
}

CK_RV
C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_FindObjectsFinal, session);

    while (call_route(&call))
        call.rv = search_finish(&call);
    return call_finish(&call);
}
