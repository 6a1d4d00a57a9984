/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: verification where the signature comes first (3.2). */
#include "router/call.h"

CK_RV
C_VerifySignatureInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                      CK_OBJECT_HANDLE key, CK_BYTE_PTR signature,
                      CK_ULONG signature_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifySignatureInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    call_reads(&call, signature, signature_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_VerifySignatureInit(call.backend_session,
                                                call.mechanism, call.object[0],
                                                signature, signature_length);
    return call_finish(&call);
}

CK_RV
C_VerifySignature(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                  CK_ULONG data_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifySignature, session);

    call_reads(&call, data, data_length);
    while (call_route(&call))
        call.rv = call.backend->C_VerifySignature(call.backend_session, data,
                                                  data_length);
    return call_finish(&call);
}

CK_RV
C_VerifySignatureUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                        CK_ULONG part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifySignatureUpdate, session);

    call_reads(&call, part, part_length);
    while (call_route(&call))
        call.rv = call.backend->C_VerifySignatureUpdate(call.backend_session,
                                                        part, part_length);
    return call_finish(&call);
}

CK_RV
C_VerifySignatureFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_VerifySignatureFinal, session);

    while (call_route(&call))
        call.rv = call.backend->C_VerifySignatureFinal(call.backend_session);
    return call_finish(&call);
}
