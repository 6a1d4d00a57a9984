/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: digests. */
#include "router/call.h"

CK_RV
C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DigestInit, session);

    call_uses_mechanism(&call, mechanism);
    while (call_route(&call))
        call.rv =
            call.backend->C_DigestInit(call.backend_session, call.mechanism);
    return call_finish(&call);
}

CK_RV
C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length,
         CK_BYTE_PTR digest, CK_ULONG_PTR digest_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Digest, session);

    call_reads(&call, data, data_length);
    call_writes(&call, digest, digest_length);
    while (call_route(&call))
        call.rv = call.backend->C_Digest(call.backend_session, data,
                                         data_length, digest, digest_length);
    return call_finish(&call);
}

CK_RV
C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
               CK_ULONG part_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DigestUpdate, session);

    call_reads(&call, part, part_length);
    while (call_route(&call))
        call.rv = call.backend->C_DigestUpdate(call.backend_session, part,
                                               part_length);
    return call_finish(&call);
}

CK_RV
C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DigestKey, session);

    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_DigestKey(call.backend_session, call.object[0]);
    return call_finish(&call);
}

CK_RV
C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR digest,
              CK_ULONG_PTR digest_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DigestFinal, session);

    call_writes(&call, digest, digest_length);
    while (call_route(&call))
        call.rv = call.backend->C_DigestFinal(call.backend_session, digest,
                                              digest_length);
    return call_finish(&call);
}
