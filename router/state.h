/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Saved operations (R3.28). Where backend sessions are only lent, what the
 * application saves says for whom it is good and which operations it holds,
 * with the module's own state behind it; elsewhere it is the module's.
 */
#ifndef ROUTER_STATE_H
#define ROUTER_STATE_H

#include "common/secret.h"
#include "router/call.h"

/* A new key for what is saved from now on; false: no memory, no randomness. */
bool state_make_key(struct secret *key);

/* C_GetOperationState and C_SetOperationState. */
CK_RV state_save(struct call *call, CK_BYTE *state, CK_ULONG *length);
CK_RV state_restore(struct call *call, CK_BYTE *state, CK_ULONG length);

#endif
