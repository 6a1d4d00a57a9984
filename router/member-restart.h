/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules that have lost their devices for good, until they are finalised and
 * initialised again (R7.3): a dead connection to a daemon, a session with the
 * device that the module holds itself.
 */
#ifndef ROUTER_MEMBER_RESTART_H
#define ROUTER_MEMBER_RESTART_H

#include "router/slot-list.h"

/*
 * After a try to recover that has failed: ends the member's module, for the
 * next look at the slots to start it again. Not with each try, not while
 * another token of that module is in use and well, nor while anybody is inside
 * it, be it a look at its slots that is late. False: it was left as it is.
 */
bool member_restart_module(const struct slot_list *slots,
                           struct member *member);

#endif
