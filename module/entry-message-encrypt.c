/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: messages: encryption (3.0). */
#include "router/call.h"

CK_RV
C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                     CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageEncryptInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_MessageEncryptInit(call.backend_session,
                                               call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_EncryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                 CK_ULONG parameter_length, CK_BYTE_PTR associated,
                 CK_ULONG associated_length, CK_BYTE_PTR plaintext,
                 CK_ULONG plaintext_length, CK_BYTE_PTR ciphertext,
                 CK_ULONG_PTR ciphertext_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptMessage, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, associated, associated_length);
    call_reads(&call, plaintext, plaintext_length);
    call_writes(&call, ciphertext, ciphertext_length);
    while (call_route(&call))
        call.rv = call.backend->C_EncryptMessage(call.backend_session,
                                                 parameter, parameter_length,
                                                 associated, associated_length,
                                                 plaintext, plaintext_length,
                                                 ciphertext, ciphertext_length);
    return call_finish(&call);
}

CK_RV
C_EncryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                      CK_ULONG parameter_length, CK_BYTE_PTR associated,
                      CK_ULONG associated_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptMessageBegin, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, associated, associated_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_EncryptMessageBegin(call.backend_session, parameter,
                                                parameter_length, associated,
                                                associated_length);
    return call_finish(&call);
}

CK_RV
C_EncryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                     CK_ULONG parameter_length, CK_BYTE_PTR plaintext,
                     CK_ULONG plaintext_length, CK_BYTE_PTR ciphertext,
                     CK_ULONG_PTR ciphertext_length, CK_FLAGS flags)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptMessageNext, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, plaintext, plaintext_length);
    call_writes(&call, ciphertext, ciphertext_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_EncryptMessageNext(call.backend_session, parameter,
                                               parameter_length, plaintext,
                                               plaintext_length, ciphertext,
                                               ciphertext_length, flags);
    return call_finish(&call);
}

CK_RV
C_MessageEncryptFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageEncryptFinal, session);

    while (call_route(&call))
        call.rv = call.backend->C_MessageEncryptFinal(call.backend_session);
    return call_finish(&call);
}
