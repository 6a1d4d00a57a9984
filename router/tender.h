/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks after the pools as time goes by, and shows the counters: one thread
 * for the process, from its first session to C_Finalize. Where the application
 * forbids threads it is done by whoever opens a session, and shown by calls
 * that are slow anyway.
 */
#ifndef ROUTER_TENDER_H
#define ROUTER_TENDER_H

#include "router/slot-list.h"

struct counters;
struct tender;

/* Lends the slot list and the counters. NULL: no memory. */
struct tender *tender_new(struct slot_list *slots, struct counters *counters,
                          bool may_create_threads);

/* A session is being opened: from now on there is something to look after. */
void tender_wake(struct tender *tender);

/* The same, and it knows of whatever there is to look after. */
void tender_begin(struct tender *tender);

/* What is shown of the tokens has changed, by a call that is slow anyway: where
 * no thread may do it, it shows that, if the last time is a while ago. */
void tender_show(struct tender *tender);

/* Waits at most `wait_ms` for the thread. False when it is still inside a
 * module: then it is leaked, with the slot list. */
bool tender_free(struct tender *tender, uint64_t wait_ms);

#endif
