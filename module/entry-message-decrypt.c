/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: messages: decryption (3.0). */
#include "router/call.h"

CK_RV
C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                     CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageDecryptInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_MessageDecryptInit(call.backend_session,
                                               call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_DecryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                 CK_ULONG parameter_length, CK_BYTE_PTR associated,
                 CK_ULONG associated_length, CK_BYTE_PTR ciphertext,
                 CK_ULONG ciphertext_length, CK_BYTE_PTR plaintext,
                 CK_ULONG_PTR plaintext_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptMessage, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, associated, associated_length);
    call_reads(&call, ciphertext, ciphertext_length);
    call_writes(&call, plaintext, plaintext_length);
    while (call_route(&call))
        call.rv = call.backend->C_DecryptMessage(call.backend_session,
                                                 parameter, parameter_length,
                                                 associated, associated_length,
                                                 ciphertext, ciphertext_length,
                                                 plaintext, plaintext_length);
    return call_finish(&call);
}

CK_RV
C_DecryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                      CK_ULONG parameter_length, CK_BYTE_PTR associated,
                      CK_ULONG associated_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptMessageBegin, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, associated, associated_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecryptMessageBegin(call.backend_session, parameter,
                                                parameter_length, associated,
                                                associated_length);
    return call_finish(&call);
}

CK_RV
C_DecryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                     CK_ULONG parameter_length, CK_BYTE_PTR ciphertext,
                     CK_ULONG ciphertext_length, CK_BYTE_PTR plaintext,
                     CK_ULONG_PTR plaintext_length, CK_FLAGS flags)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptMessageNext, session);

    call_needs_bytes(&call, parameter, parameter_length);
    call_reads(&call, ciphertext, ciphertext_length);
    call_writes(&call, plaintext, plaintext_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecryptMessageNext(call.backend_session, parameter,
                                               parameter_length, ciphertext,
                                               ciphertext_length, plaintext,
                                               plaintext_length, flags);
    return call_finish(&call);
}

CK_RV
C_MessageDecryptFinal(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_MessageDecryptFinal, session);

    while (call_route(&call))
        call.rv = call.backend->C_MessageDecryptFinal(call.backend_session);
    return call_finish(&call);
}
