/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: two operations at once. */
#include "router/call.h"

CK_RV
C_DigestEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                      CK_ULONG part_length, CK_BYTE_PTR encrypted,
                      CK_ULONG_PTR encrypted_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DigestEncryptUpdate, session);

    call_reads(&call, part, part_length);
    call_writes(&call, encrypted, encrypted_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DigestEncryptUpdate(call.backend_session, part,
                                                part_length, encrypted,
                                                encrypted_length);
    return call_finish(&call);
}

CK_RV
C_DecryptDigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                      CK_ULONG encrypted_length, CK_BYTE_PTR part,
                      CK_ULONG_PTR part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptDigestUpdate, session);

    call_reads(&call, encrypted, encrypted_length);
    call_writes(&call, part, part_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecryptDigestUpdate(call.backend_session, encrypted,
                                                encrypted_length, part,
                                                part_length);
    return call_finish(&call);
}

CK_RV
C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                    CK_ULONG part_length, CK_BYTE_PTR encrypted,
                    CK_ULONG_PTR encrypted_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SignEncryptUpdate, session);

    call_reads(&call, part, part_length);
    call_writes(&call, encrypted, encrypted_length);
    while (call_route(&call))
        call.rv = call.backend->C_SignEncryptUpdate(call.backend_session, part,
                                                    part_length, encrypted,
                                                    encrypted_length);
    return call_finish(&call);
}

CK_RV
C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                      CK_ULONG encrypted_length, CK_BYTE_PTR part,
                      CK_ULONG_PTR part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecryptVerifyUpdate, session);

    call_reads(&call, encrypted, encrypted_length);
    call_writes(&call, part, part_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecryptVerifyUpdate(call.backend_session, encrypted,
                                                encrypted_length, part,
                                                part_length);
    return call_finish(&call);
}
