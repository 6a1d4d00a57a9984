/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: signatures and MACs. */
#include "router/call.h"

CK_RV
C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
           CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv = call.backend->C_SignInit(call.backend_session, call.mechanism,
                                           call.object[0]);
    return call_finish(&call);
}

CK_RV
C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
       CK_BYTE_PTR signature, CK_ULONG_PTR signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Sign, session);

    call_reads(&call, data, data_length);
    call_writes(&call, signature, signature_length);
    while (call_route(&call))
        call.rv = call.backend->C_Sign(call.backend_session, data, data_length,
                                       signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignUpdate, session);

    call_reads(&call, part, part_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_SignUpdate(call.backend_session, part, part_length);
    return call_finish(&call);
}

CK_RV
C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
            CK_ULONG_PTR signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignFinal, session);

    call_writes(&call, signature, signature_length);
    while (call_route(&call))
        call.rv = call.backend->C_SignFinal(call.backend_session, signature,
                                            signature_length);
    return call_finish(&call);
}

CK_RV
C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                  CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignRecoverInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_SignRecoverInit(call.backend_session,
                                            call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_SignRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
              CK_BYTE_PTR signature, CK_ULONG_PTR signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignRecover, session);

    call_reads(&call, data, data_length);
    call_writes(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_SignRecover(call.backend_session, data, data_length,
                                        signature, signature_length);
    return call_finish(&call);
}
