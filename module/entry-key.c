/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: making, wrapping, unwrapping and deriving keys. */
#include "router/call.h"

CK_RV
C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
              CK_ATTRIBUTE_PTR template, CK_ULONG count,
              CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GenerateKey, session);

    call_uses_mechanism(&call, mechanism);
    call_makes(&call, template, count, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_GenerateKey(call.backend_session, call.mechanism,
                                        template, count, &call.made[0]);
    return call_finish(&call);
}

CK_RV
C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                  CK_ATTRIBUTE_PTR public_template, CK_ULONG public_count,
                  CK_ATTRIBUTE_PTR private_template, CK_ULONG private_count,
                  CK_OBJECT_HANDLE_PTR public_key,
                  CK_OBJECT_HANDLE_PTR private_key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GenerateKeyPair, session);

    call_uses_mechanism(&call, mechanism);
    call_makes(&call, public_template, public_count, public_key);
    call_makes(&call, private_template, private_count, private_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_GenerateKeyPair(call.backend_session,
                                            call.mechanism, public_template,
                                            public_count, private_template,
                                            private_count, &call.made[0],
                                            &call.made[1]);
    return call_finish(&call);
}

CK_RV
C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
          CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
          CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_WrapKey, session);

    call_uses_mechanism(&call, mechanism);
    call_writes(&call, wrapped, wrapped_length);
    call_uses_object(&call, wrapping_key);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv = call.backend->C_WrapKey(call.backend_session, call.mechanism,
                                          call.object[0], call.object[1],
                                          wrapped, wrapped_length);
    return call_finish(&call);
}

CK_RV
C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped,
            CK_ULONG wrapped_length, CK_ATTRIBUTE_PTR template, CK_ULONG count,
            CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_UnwrapKey, session);

    call_uses_mechanism(&call, mechanism);
    call_reads(&call, wrapped, wrapped_length);
    call_makes(&call, template, count, key);
    call_uses_object(&call, unwrapping_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_UnwrapKey(call.backend_session, call.mechanism,
                                      call.object[0], wrapped, wrapped_length,
                                      template, count, &call.made[0]);
    return call_finish(&call);
}

CK_RV
C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE base_key, CK_ATTRIBUTE_PTR template,
            CK_ULONG count, CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_DeriveKey, session);

    call_uses_mechanism(&call, mechanism);
    call_may_make(&call, template, count, key);
    call_uses_object(&call, base_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_DeriveKey(call.backend_session, call.mechanism,
                                      call.object[0], template, count,
                                      call_made(&call, 0));
    return call_finish(&call);
}

CK_RV
C_WrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                       CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                       CK_BYTE_PTR associated, CK_ULONG associated_length,
                       CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_WrapKeyAuthenticated, session);

    call_uses_mechanism(&call, mechanism);
    call_reads(&call, associated, associated_length);
    call_writes(&call, wrapped, wrapped_length);
    call_uses_object(&call, wrapping_key);
    call_uses_object(&call, key);
    while (call_route(&call))
        call.rv =
            call.backend->C_WrapKeyAuthenticated(call.backend_session,
                                                 call.mechanism, call.object[0],
                                                 call.object[1], associated,
                                                 associated_length, wrapped,
                                                 wrapped_length);
    return call_finish(&call);
}

CK_RV
C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                         CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped,
                         CK_ULONG wrapped_length, CK_ATTRIBUTE_PTR template,
                         CK_ULONG count, CK_BYTE_PTR associated,
                         CK_ULONG associated_length, CK_OBJECT_HANDLE_PTR key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_UnwrapKeyAuthenticated, session);

    call_uses_mechanism(&call, mechanism);
    call_reads(&call, wrapped, wrapped_length);
    call_reads(&call, associated, associated_length);
    call_makes(&call, template, count, key);
    call_uses_object(&call, unwrapping_key);
    while (call_route(&call))
        call.rv =
            call.backend->C_UnwrapKeyAuthenticated(call.backend_session,
                                                   call.mechanism,
                                                   call.object[0], wrapped,
                                                   wrapped_length, template,
                                                   count, associated,
                                                   associated_length,
                                                   &call.made[0]);
    return call_finish(&call);
}
