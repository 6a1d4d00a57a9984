/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: C_GetInfo: what needs neither a slot nor a session. */
#include "router/call.h"
#include "router/info.h"

CK_RV
C_GetInfo(CK_INFO_PTR info)
{
    CLEANUP(call_abandon) struct call call = call_on_module(CALL_C_GetInfo);

    call_needs(&call, info);
    while (call_route(&call))
        call.rv = info_library(info);
    return call_finish(&call);
}
