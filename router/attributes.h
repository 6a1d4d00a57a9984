/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of an object as the application sees them: what its member says,
 * but for what a group says itself. */
#ifndef ROUTER_ATTRIBUTES_H
#define ROUTER_ATTRIBUTES_H

#include "router/call.h"

/* C_GetAttributeValue on the call's member. */
CK_RV attributes_read(struct call *call, CK_ATTRIBUTE *template,
                      CK_ULONG count);

#endif
