/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of a group that go on on another member (7.1, 7.3, R7.6). */
#ifndef ROUTER_FAIL_OVER_H
#define ROUTER_FAIL_OVER_H

#include "router/outcome.h"

/*
 * After a member's answer: true when the call is to be made again, in another
 * backend session of the same member or on another one, where its operation
 * has been begun again. False leaves call->rv for the application.
 */
bool fail_over(struct call *call, enum outcome outcome);

/* Before a call: its operation is on a member that cannot be asked, or in a
 * life of it that is over. True: it has been begun again elsewhere, and is not
 * prepared. */
bool fail_over_before(struct call *call);

/* Whether that is better though its member can be asked: it is slow, and
 * another one has the key. */
bool fail_over_is_better(const struct call *call);

/* One member's part of what every member is asked for: true when it is to be
 * asked once more. */
bool fail_over_part(struct call *call, enum outcome outcome);

#endif
