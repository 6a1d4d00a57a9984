/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that several members of a token have, shown once (R7.15). */
#ifndef ROUTER_MERGE_H
#define ROUTER_MERGE_H

#include "router/call.h"

/*
 * handles[first .. *count) were just found on the call's member, handles
 * below `first` on members before it. Those that are the same key or
 * certificate as an earlier one are bound to that one's entry and taken out.
 */
CK_RV merge_found(struct call *call, CK_OBJECT_HANDLE *handles, size_t first,
                  size_t *count);

#endif
