/* SPDX-License-Identifier: BSD-3-Clause */
/* A search that finds nothing. */
#include "router/member-refresh.h"

#include "router/call.h"
#include "router/token.h"
#include "router/watch.h"

/* In another life of the member the session's handle may be another one's. */
static bool
lives(const struct member *member, const struct member_place *place)
{
    return atomic_load(&member->epoch) == place->epoch;
}

static void
search(const struct member_place *place, CK_SESSION_HANDLE session)
{
    static const char nothing[] = "p11mux finds nothing";
    CK_ATTRIBUTE template = { CKA_ID, (void *)(uintptr_t)nothing,
                              sizeof(nothing) - 1 };
    CK_OBJECT_HANDLE found;
    CK_ULONG count;

    if (place->functions->C_FindObjectsInit(session, &template, 1) != CKR_OK)
        return;
    (void)place->functions->C_FindObjects(session, &found, 1, &count);
    (void)place->functions->C_FindObjectsFinal(session);
}

/* R/W: one that is R/O would be in the way of an SO (R3.18). */
static void
search_apart(const struct member *member, const struct member_place *place)
{
    CK_SESSION_HANDLE session;

    if (place->functions->C_OpenSession(place->slot,
                                        CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                        NULL, NULL, &session) != CKR_OK)
        return;
    if (lives(member, place))
        search(place, session);
    if (lives(member, place))
        (void)place->functions->C_CloseSession(session);
}

void
member_refresh(struct member *member)
{
    struct member_place place;
    struct stay stay;

    member_read(member, &place);
    if (place.functions == NULL || place.backend == NULL ||
        backend_state(place.backend) != BACKEND_UP ||
        !stay_begin_apart(&stay, member, place.backend, CALL_C_FindObjectsInit))
        return;
    search_apart(member, &place);
    stay_end(&stay);
}
