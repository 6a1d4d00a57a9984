/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: administration of tokens. */
#include "router/call.h"
#include "router/login.h"
#include "router/open.h"

CK_RV
C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_length,
            CK_UTF8CHAR_PTR label)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_InitToken, slot);

    call_needs_bytes(&call, pin, pin_length);
    call_needs(&call, label);
    open_check_none(&call);
    while (call_route(&call))
        call.rv = call.backend->C_InitToken(call.backend_slot, pin, pin_length,
                                            label);
    return call_finish(&call);
}

CK_RV
C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_InitPIN, session);

    call_needs_bytes(&call, pin, pin_length);
    login_may_change_pin(&call);
    login_clear_way(&call);
    while (call_route(&call))
        call.rv =
            call.backend->C_InitPIN(call.backend_session, pin, pin_length);
    login_init_pin(&call, &(struct pin_change){ NULL, 0, pin, pin_length });
    return call_finish(&call);
}

CK_RV
C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin,
         CK_ULONG old_length, CK_UTF8CHAR_PTR new_pin, CK_ULONG new_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SetPIN, session);

    call_needs_bytes(&call, old_pin, old_length);
    call_needs_bytes(&call, new_pin, new_length);
    login_may_change_pin(&call);
    while (call_route(&call))
        call.rv = call.backend->C_SetPIN(call.backend_session, old_pin,
                                         old_length, new_pin, new_length);
    login_change_pin(&call, &(struct pin_change){ old_pin, old_length, new_pin,
                                                  new_length });
    return call_finish(&call);
}
