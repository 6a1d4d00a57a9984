/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: sessions, logins and the state of operations. */
#include "router/call.h"
#include "router/cancel.h"
#include "router/info.h"
#include "router/login.h"
#include "router/open.h"
#include "router/session.h"
#include "router/state.h"
#include "router/validation.h"

CK_RV
C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
              CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_OpenSession, slot);

    open_check(&call, flags, session);
    while (call_route(&call))
        call.rv = open_session(&call, flags, application, notify, session);
    return call_finish(&call);
}

CK_RV
C_CloseSession(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_module(CALL_C_CloseSession);

    while (call_route(&call))
        call.rv = open_close(session) ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
    return call_finish(&call);
}

CK_RV
C_CloseAllSessions(CK_SLOT_ID slot)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_CloseAllSessions, slot);

    while (call_route(&call))
        call.rv = open_close_all(&call);
    return call_finish(&call);
}

CK_RV
C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GetSessionInfo, session);

    call_needs(&call, info);
    while (call_route(&call))
        call.rv = info_session(&call, info);
    return call_finish(&call);
}

CK_RV
C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SessionCancel, session);

    while (call_route(&call))
        call.rv = cancel_operations(call.session, flags);
    return call_finish(&call);
}

CK_RV
C_GetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                    CK_ULONG_PTR state_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GetOperationState, session);

    call_writes(&call, state, state_length);
    while (call_route(&call))
        call.rv = state_save(&call, state, state_length);
    return call_finish(&call);
}

CK_RV
C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                    CK_ULONG state_length, CK_OBJECT_HANDLE encryption_key,
                    CK_OBJECT_HANDLE authentication_key)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SetOperationState, session);

    call_reads(&call, state, state_length);
    call_may_use_object(&call, encryption_key);
    call_may_use_object(&call, authentication_key);
    while (call_route(&call))
        call.rv = state_restore(&call, state, state_length);
    return call_finish(&call);
}

CK_RV
C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user_type, CK_UTF8CHAR_PTR pin,
        CK_ULONG pin_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Login, session);
    struct login_request request = { .type = user_type,
                                     .pin = pin,
                                     .pin_length = pin_length };

    call_needs_bytes(&call, pin, pin_length);
    while (call_route(&call))
        call.rv = login_begin(&call, &request);
    return call_finish(&call);
}

CK_RV
C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user_type,
            CK_UTF8CHAR_PTR pin, CK_ULONG pin_length, CK_UTF8CHAR_PTR user,
            CK_ULONG user_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_LoginUser, session);
    struct login_request request = { .type = user_type,
                                     .pin = pin,
                                     .pin_length = pin_length,
                                     .is_named = true,
                                     .name = user,
                                     .name_length = user_length };

    call_needs_bytes(&call, pin, pin_length);
    call_needs_bytes(&call, user, user_length);
    while (call_route(&call))
        call.rv = login_begin(&call, &request);
    return call_finish(&call);
}

CK_RV
C_Logout(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_Logout, session);

    while (call_route(&call))
        call.rv = login_end(&call);
    return call_finish(&call);
}

CK_RV
C_GetSessionValidationFlags(CK_SESSION_HANDLE session,
                            CK_SESSION_VALIDATION_FLAGS_TYPE type,
                            CK_FLAGS_PTR flags)
{
    CLEANUP(call_abandon)
    struct call call =
        call_on_session(CALL_C_GetSessionValidationFlags, session);

    call_needs(&call, flags);
    while (call_route(&call))
        call.rv = validation_get(&call, type, flags);
    return call_finish(&call);
}
