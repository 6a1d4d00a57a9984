/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: verification of signatures and MACs. */
#include "router/call.h"

CK_RV
C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
             CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv = call.backend->C_VerifyInit(call.backend_session,
                                             call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
         CK_BYTE_PTR signature, CK_ULONG signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Verify, session);

    call_reads(&call, data, data_length);
    call_reads(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_Verify(call.backend_session, data, data_length,
                                   signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
               CK_ULONG part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyUpdate, session);

    call_reads(&call, part, part_length);
    while (call_route(&call))
        call.rv = call.backend->C_VerifyUpdate(call.backend_session, part,
                                               part_length);
    return call_finish(&call);
}

CK_RV
C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
              CK_ULONG signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyFinal, session);

    call_reads(&call, signature, signature_length);
    while (call_route(&call))
        call.rv = call.backend->C_VerifyFinal(call.backend_session, signature,
                                              signature_length);
    return call_finish(&call);
}

CK_RV
C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyRecoverInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifyRecoverInit(call.backend_session,
                                              call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_VerifyRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                CK_ULONG signature_length, CK_BYTE_PTR data,
                CK_ULONG_PTR data_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifyRecover, session);

    call_reads(&call, signature, signature_length);
    call_writes(&call, data, data_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifyRecover(call.backend_session, signature,
                                          signature_length, data, data_length);
    return call_finish(&call);
}
