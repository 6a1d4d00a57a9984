/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a session's last operation was validated for (R3.22). Where backend
 * sessions are only lent, it is read before the backend session serves
 * somebody else.
 */
#ifndef ROUTER_VALIDATION_H
#define ROUTER_VALIDATION_H

#include "router/call.h"

/* An operation has ended on a backend session of a module that says so. */
void validation_note(const struct call *call);

/* C_GetSessionValidationFlags. */
CK_RV validation_get(struct call *call, CK_SESSION_VALIDATION_FLAGS_TYPE type,
                     CK_FLAGS *flags);

#endif
