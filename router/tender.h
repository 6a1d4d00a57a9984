/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks after the pools as time goes by: one thread for the process, from the
 * first session of a pool to C_Finalize. Where the application forbids threads
 * it is done by whoever opens a session.
 */
#ifndef ROUTER_TENDER_H
#define ROUTER_TENDER_H

#include "router/slot-list.h"

struct tender;

/* Lends the slot list. NULL: no memory. */
struct tender *tender_new(struct slot_list *slots, bool may_create_threads);

/* A session of a pool is being opened: from now on there is something to look
 * after. */
void tender_wake(struct tender *tender);

/* Waits at most `wait_ms` for the thread. False when it is still inside a
 * module: then it is leaked, with the slot list. */
bool tender_free(struct tender *tender, uint64_t wait_ms);

#endif
