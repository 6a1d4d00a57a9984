/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: messages: verification (3.0). */
#include "router/call.h"

CK_RV
C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageVerifyInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_MessageVerifyInit(call.backend_session,
                                              call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_VerifyMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                CK_ULONG parameter_length, CK_BYTE_PTR data,
                CK_ULONG data_length, CK_BYTE_PTR signature,
                CK_ULONG signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyMessage, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, data, data_length);
    call_reads(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifyMessage(call.backend_session, parameter,
                                          parameter_length, data, data_length,
                                          signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_VerifyMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                     CK_ULONG parameter_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyMessageBegin, session);

    call_needs_bytes(&call, parameter, parameter_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifyMessageBegin(call.backend_session, parameter,
                                               parameter_length);
    return call_finish(&call);
}

CK_RV
C_VerifyMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                    CK_ULONG parameter_length, CK_BYTE_PTR data,
                    CK_ULONG data_length, CK_BYTE_PTR signature,
                    CK_ULONG signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyMessageNext, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, data, data_length);
    call_reads(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifyMessageNext(call.backend_session, parameter,
                                              parameter_length, data,
                                              data_length, signature,
                                              signature_length);
    return call_finish(&call);
}

CK_RV
C_MessageVerifyFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageVerifyFinal, session);

    while (call_route(&call))
        call.rv = call.backend->C_MessageVerifyFinal(call.backend_session);
    return call_finish(&call);
}
