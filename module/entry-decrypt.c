/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: decryption. */
#include "router/call.h"

CK_RV
C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
              CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptInit, session);

    call_uses_mechanism(&call, mechanism);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv = call.backend->C_DecryptInit(call.backend_session,
                                              call.mechanism, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
          CK_ULONG encrypted_length, CK_BYTE_PTR data, CK_ULONG_PTR data_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Decrypt, session);

    call_reads(&call, encrypted, encrypted_length);
    call_writes(&call, data, data_length);
    while (call_route(&call))
        call.rv = call.backend->C_Decrypt(call.backend_session, encrypted,
                                          encrypted_length, data, data_length);
    return call_finish(&call);
}

CK_RV
C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                CK_ULONG encrypted_length, CK_BYTE_PTR part,
                CK_ULONG_PTR part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptUpdate, session);

    call_reads(&call, encrypted, encrypted_length);
    call_writes(&call, part, part_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecryptUpdate(call.backend_session, encrypted,
                                          encrypted_length, part, part_length);
    return call_finish(&call);
}

CK_RV
C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
               CK_ULONG_PTR part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptFinal, session);

    call_writes(&call, part, part_length);
    while (call_route(&call))
        call.rv = call.backend->C_DecryptFinal(call.backend_session, part,
                                               part_length);
    return call_finish(&call);
}
