/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: encryption. */
#include "router/call.h"

CK_RV
C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
              CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv = call.backend->C_EncryptInit(call.backend_session,
                                              call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
          CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Encrypt, session);

    call_reads(&call, data, data_length);
    call_writes(&call, encrypted, encrypted_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_Encrypt(call.backend_session, data, data_length,
                                    encrypted, encrypted_length);
    return call_finish(&call);
}

CK_RV
C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                CK_ULONG part_length, CK_BYTE_PTR encrypted,
                CK_ULONG_PTR encrypted_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptUpdate, session);

    call_reads(&call, part, part_length);
    call_writes(&call, encrypted, encrypted_length);
    while (call_route(&call))
        call.rv = call.backend->C_EncryptUpdate(call.backend_session, part,
                                                part_length, encrypted,
                                                encrypted_length);
    return call_finish(&call);
}

CK_RV
C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
               CK_ULONG_PTR encrypted_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncryptFinal, session);

    call_writes(&call, encrypted, encrypted_length);
    while (call_route(&call))
        call.rv = call.backend->C_EncryptFinal(call.backend_session, encrypted,
                                               encrypted_length);
    return call_finish(&call);
}
