/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lengths that an application gave with attributes to be read. A module
 * that failed may have overwritten them, and another one must not take what
 * it left for the size of the application's memory (R1.21).
 */
#ifndef ROUTER_LENGTHS_H
#define ROUTER_LENGTHS_H

#include "router/call.h"

/* Keeps them in the call's session until the next call there. */
void lengths_keep(struct call *call, const CK_ATTRIBUTE *template,
                  CK_ULONG count);

/*
 * Before the call is made again: what lengths_keep kept is as it was. False
 * where nothing was kept, because there are too many or they are nested: then
 * the call cannot be repeated.
 */
bool lengths_restore(struct call *call);

#endif
