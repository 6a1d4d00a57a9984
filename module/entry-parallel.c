/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: functions of the parallel past: always refused. */
#include "router/call.h"

CK_RV
C_GetFunctionStatus(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GetFunctionStatus, session);

    call_refuses(&call, CKR_FUNCTION_NOT_PARALLEL);
    return call_finish(&call);
}

CK_RV
C_CancelFunction(CK_SESSION_HANDLE session)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_CancelFunction, session);

    call_refuses(&call, CKR_FUNCTION_NOT_PARALLEL);
    return call_finish(&call);
}
