/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: C_Initialize and C_Finalize. */
#include "router/call.h"
#include "router/instance.h"

CK_RV
C_Initialize(CK_VOID_PTR arguments)
{
    CLEANUP(call_abandon)
    struct call call = call_on_process(CALL_C_Initialize);

    while (call_route(&call))
        call.rv = instance_start(arguments);
    return call_finish(&call);
}

CK_RV
C_Finalize(CK_VOID_PTR reserved)
{
    CLEANUP(call_abandon)
    struct call call = call_on_process(CALL_C_Finalize);

    call_needs_null(&call, reserved);
    while (call_route(&call))
        call.rv = instance_stop();
    return call_finish(&call);
}
