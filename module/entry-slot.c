/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: slots, and what their tokens can do. */
#include "router/call.h"
#include "router/info.h"
#include "router/instance.h"

CK_RV
C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count)
{
    CLEANUP(call_abandon) struct call call = call_on_module(CALL_C_GetSlotList);

    call_needs(&call, count);
    while (call_route(&call))
        call.rv = slot_list_get(instance_get()->slots,
                                token_present != CK_FALSE, slots, count);
    return call_finish(&call);
}

CK_RV
C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_GetSlotInfo, slot);

    call_needs(&call, info);
    while (call_route(&call))
        call.rv = info_slot(&call, info);
    return call_finish(&call);
}

CK_RV
C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_GetTokenInfo, slot);

    call_needs(&call, info);
    while (call_route(&call))
        call.rv = info_token(&call, info);
    return call_finish(&call);
}

CK_RV
C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms,
                   CK_ULONG_PTR count)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_GetMechanismList, slot);

    call_needs(&call, count);
    while (call_route(&call))
        call.rv = info_mechanisms(&call, mechanisms, count);
    return call_finish(&call);
}

CK_RV
C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                   CK_MECHANISM_INFO_PTR info)
{
    CLEANUP(call_abandon)
    struct call call = call_on_slot(CALL_C_GetMechanismInfo, slot);

    call_needs(&call, info);
    while (call_route(&call))
        call.rv = info_mechanism(&call, type, info);
    return call_finish(&call);
}

CK_RV
C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved)
{
    CLEANUP(call_abandon)
    struct call call = call_on_module(CALL_C_WaitForSlotEvent);

    call_needs(&call, slot);
    call_needs_null(&call, reserved);
    while (call_route(&call))
        call.rv = slot_list_wait(instance_get()->slots, flags, slot);
    return call_finish(&call);
}
