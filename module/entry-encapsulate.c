/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: key encapsulation (3.2). */
#include "router/call.h"

CK_RV
C_EncapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                 CK_OBJECT_HANDLE public_key, CK_ATTRIBUTE_PTR template,
                 CK_ULONG count, CK_BYTE_PTR ciphertext,
                 CK_ULONG_PTR ciphertext_length, CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_EncapsulateKey, session);

    call_uses_mechanism(&call, mechanism);
    call_writes(&call, ciphertext, ciphertext_length);
    call_makes(&call, template, count, key);
    call_uses_object(&call, public_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_EncapsulateKey(call.backend_session, call.mechanism,
                                           call.object[0], template, count,
                                           ciphertext, ciphertext_length,
                                           &call.made[0]);
    return call_finish(&call);
}

CK_RV
C_DecapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                 CK_OBJECT_HANDLE private_key, CK_ATTRIBUTE_PTR template,
                 CK_ULONG count, CK_BYTE_PTR ciphertext,
                 CK_ULONG ciphertext_length, CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DecapsulateKey, session);

    call_uses_mechanism(&call, mechanism);
    call_reads(&call, ciphertext, ciphertext_length);
    call_makes(&call, template, count, key);
    call_uses_object(&call, private_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_DecapsulateKey(call.backend_session, call.mechanism,
                                           call.object[0], template, count,
                                           ciphertext, ciphertext_length,
                                           &call.made[0]);
    return call_finish(&call);
}
