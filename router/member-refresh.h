/* SPDX-License-Identifier: BSD-3-Clause */
/* Has a member's module read what other processes have made there. */
#ifndef ROUTER_MEMBER_REFRESH_H
#define ROUTER_MEMBER_REFRESH_H

#include "router/pool.h"

/* By a search that finds nothing, in a session of pool_take_apart: SoftHSM
 * reads each new object within the first call that searches. False: it could
 * not be asked. */
bool member_refresh(const struct pool_session *pooled);

#endif
