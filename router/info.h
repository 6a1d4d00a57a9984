/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux says of itself, its slots, tokens, mechanisms and sessions. */
#ifndef ROUTER_INFO_H
#define ROUTER_INFO_H

#include "router/call.h"

/* C_GetInfo: always the same, also after a fork (1.3). */
CK_RV info_library(CK_INFO *out);

/* C_GetSlotInfo, from the last scan (R6.8). */
CK_RV info_slot(struct call *call, CK_SLOT_INFO *out);

/* C_GetTokenInfo: the member's, with what the configuration says laid over
 * it (R6.9, R6.10). */
CK_RV info_token(struct call *call, CK_TOKEN_INFO *out);

/* C_GetMechanismList. */
CK_RV info_mechanisms(struct call *call, CK_MECHANISM_TYPE *out,
                      CK_ULONG *count);

/* Flags of functions that a version of the list does not have. */
CK_FLAGS info_missing(CK_VERSION version);

/* C_GetMechanismInfo, without flags of functions that the member's module
 * does not have (R6.12). */
CK_RV info_mechanism(struct call *call, CK_MECHANISM_TYPE type,
                     CK_MECHANISM_INFO *out);

/* C_GetSessionInfo: no module is asked (R3.20). */
CK_RV info_session(struct call *call, CK_SESSION_INFO *out);

#endif
