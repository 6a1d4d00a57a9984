/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry functions: random numbers. */
#include "router/call.h"

CK_RV
C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_SeedRandom, session);

    call_reads(&call, seed, seed_length);
    while (call_route(&call))
        call.rv =
            call.backend->C_SeedRandom(call.backend_session, seed, seed_length);
    return call_finish(&call);
}

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR random,
                 CK_ULONG random_length)
{
    CLEANUP(call_abandon)
    struct call call = call_on_session(CALL_C_GenerateRandom, session);

    call_fills(&call, random, random_length);
    while (call_route(&call))
        call.rv = call.backend->C_GenerateRandom(call.backend_session, random,
                                                 random_length);
    return call_finish(&call);
}
