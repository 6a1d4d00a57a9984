/* SPDX-License-Identifier: BSD-3-Clause */
/* Has a member's module read what other processes have made there. */
#ifndef ROUTER_MEMBER_REFRESH_H
#define ROUTER_MEMBER_REFRESH_H

struct member;

/* By a search that finds nothing, in a session for this alone: SoftHSM reads
 * each new object within the first call that searches. What fails is for calls
 * to find. No lock is held. */
void member_refresh(struct member *member);

#endif
