/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: objects and their attributes. */
#include "router/attributes.h"
#include "router/call.h"
#include "router/lengths.h"

CK_RV
C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
               CK_ULONG count, CK_OBJECT_HANDLE_PTR object)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_CreateObject, session);

    call_makes(&call, template, count, object);
    while (call_route(&call))
        call.rv = call.backend->C_CreateObject(call.backend_session, template,
                                               count, &call.made[0]);
    return call_finish(&call);
}

CK_RV
C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
             CK_ATTRIBUTE_PTR template, CK_ULONG count,
             CK_OBJECT_HANDLE_PTR copy)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_CopyObject, session);

    call_uses_object(&call, object);
    call_makes(&call, template, count, copy);
    while (call_route(&call))
        call.rv =
            call.backend->C_CopyObject(call.backend_session, call.object[0],
                                       template, count, &call.made[0]);
    return call_finish(&call);
}

CK_RV
C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DestroyObject, session);

    call_uses_object(&call, object);
    while (call_route(&call))
        call.rv =
            call.backend->C_DestroyObject(call.backend_session, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                CK_ULONG_PTR size)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GetObjectSize, session);

    call_needs(&call, size);
    call_uses_object(&call, object);
    while (call_route(&call))
        call.rv = call.backend->C_GetObjectSize(call.backend_session,
                                                call.object[0], size);
    return call_finish(&call);
}

CK_RV
C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GetAttributeValue, session);

    call_needs_bytes(&call, template, count);
    lengths_keep(&call, template, count);
    call_uses_object(&call, object);
    while (call_route(&call))
        call.rv = attributes_read(&call, template, count);
    return call_finish(&call);
}

CK_RV
C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SetAttributeValue, session);

    call_changes(&call, template, count);
    call_uses_object(&call, object);
    while (call_route(&call))
        call.rv =
            call.backend->C_SetAttributeValue(call.backend_session,
                                              call.object[0], template, count);
    return call_finish(&call);
}
