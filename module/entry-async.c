/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: asynchronous calls (3.2): refused, since a pending one would
 * own a pooled session and outlive it (R1.10). */
#include "router/call.h"

CK_RV
C_AsyncComplete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
                CK_ASYNC_DATA_PTR result)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_AsyncComplete, session);

    (void)function;
    (void)result;
    call_refuses(&call, CKR_FUNCTION_NOT_SUPPORTED);
    return call_finish(&call);
}

CK_RV
C_AsyncGetID(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
             CK_ULONG_PTR id)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_AsyncGetID, session);

    (void)function;
    (void)id;
    call_refuses(&call, CKR_FUNCTION_NOT_SUPPORTED);
    return call_finish(&call);
}

CK_RV
C_AsyncJoin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG id,
            CK_BYTE_PTR data, CK_ULONG data_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_AsyncJoin, session);

    (void)function;
    (void)id;
    (void)data;
    (void)data_length;
    call_refuses(&call, CKR_FUNCTION_NOT_SUPPORTED);
    return call_finish(&call);
}
