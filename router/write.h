/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing in a R/O session where the token itself would not refuse it. */
#ifndef ROUTER_WRITE_H
#define ROUTER_WRITE_H

#include "router/call.h"

/*
 * Whether the call writes on the token in a R/O session, whose backend session
 * is R/W (R3.3), or on a group that does not want it there (R7.20): call->rv
 * says so then. The objects are as the member knows them.
 */
bool write_is_refused(struct call *call);

/* Whether what the call is to do stays on the token: no session object alone.
 * Where p11mux does not know it the module is asked. */
bool write_lasts(const struct call *call);

#endif
