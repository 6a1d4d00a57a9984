/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening and closing sessions, and initialising tokens that have none. */
#ifndef ROUTER_OPEN_H
#define ROUTER_OPEN_H

#include "router/call.h"

/* What C_OpenSession refuses before it looks at the token, in the order of
 * R3.5. */
void open_check(struct call *call, CK_FLAGS flags, CK_SESSION_HANDLE *out);

/* Opens a session of the call's token with its first backend session, so
 * that the vendor's errors surface here. */
CK_RV open_session(struct call *call, CK_FLAGS flags, CK_VOID_PTR application,
                   CK_NOTIFY notify, CK_SESSION_HANDLE *out);

/* C_CloseSession; false: there is no such session. */
bool open_close(CK_SESSION_HANDLE handle);

/* C_CloseAllSessions: those of this application on this token (R3.8). */
CK_RV open_close_all(struct call *call);

/* What C_InitToken refuses here: sessions open (R6.20), several members
 * (R6.19). */
void open_check_none(struct call *call);

#endif
