/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: messages: signatures (3.0). */
#include "router/call.h"

CK_RV
C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                  CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageSignInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_MessageSignInit(call.backend_session,
                                            call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_SignMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
              CK_ULONG parameter_length, CK_BYTE_PTR data, CK_ULONG data_length,
              CK_BYTE_PTR signature, CK_ULONG_PTR signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignMessage, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, data, data_length);
    call_writes(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_SignMessage(call.backend_session, parameter,
                                        parameter_length, data, data_length,
                                        signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_SignMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                   CK_ULONG parameter_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignMessageBegin, session);

    call_needs_bytes(&call, parameter, parameter_length);
    while (call_route(&call))
        call.rv = call.backend->C_SignMessageBegin(call.backend_session,
                                                   parameter, parameter_length);
    return call_finish(&call);
}

CK_RV
C_SignMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                  CK_ULONG parameter_length, CK_BYTE_PTR data,
                  CK_ULONG data_length, CK_BYTE_PTR signature,
                  CK_ULONG_PTR signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignMessageNext, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, data, data_length);
    call_may_write(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_SignMessageNext(call.backend_session, parameter,
                                            parameter_length, data, data_length,
                                            signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_MessageSignFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageSignFinal, session);

    while (call_route(&call))
        call.rv = call.backend->C_MessageSignFinal(call.backend_session);
    return call_finish(&call);
}
