/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending operations before their end (R3.31, R3.32). */
#ifndef ROUTER_CANCEL_H
#define ROUTER_CANCEL_H

#include "router/session.h"

/*
 * An Init with a NULL mechanism: CKR_ARGUMENTS_BAD when no operation of the
 * kind is active, CKR_OPERATION_CANCEL_FAILED when it cannot be ended.
 */
CK_RV cancel_operation(struct session *session, enum operation_kind kind);

/* C_SessionCancel: flags of operations that are not active are ignored. */
CK_RV cancel_operations(struct session *session, CK_FLAGS flags);

#endif
