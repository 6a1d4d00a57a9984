/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks after something as time goes by: one thread for the process, from when
 * there is something to look after to C_Finalize. The pools have one, which
 * shows the counters too, and members that are down (router/mender.h). Where
 * the application forbids threads it is done by whoever wakes it, and shown by
 * calls that are slow anyway.
 */
#ifndef ROUTER_TENDER_H
#define ROUTER_TENDER_H

#include "router/slot-list.h"

struct counters;
struct tender;

struct tender_work {
    const char *thread; /* its name */
    struct deadline (*look)(struct slot_list *slots,
                            struct counters *counters); /* when to come next */
    /* NULL, or waits for what goes on by itself; false: it still does. */
    bool (*end)(const struct slot_list *slots, struct deadline until);
};

extern const struct tender_work tender_of_pools;

/* Lends the slot list and the counters. NULL: no memory. */
struct tender *tender_new(const struct tender_work *work,
                          struct slot_list *slots, struct counters *counters,
                          bool may_create_threads);

/* From now on no thread is made (R3.37). */
void tender_forbid_threads(struct tender *tender);

/* From now on there is something to look after; where no thread does it, this
 * one looks if it is time to. */
void tender_wake(struct tender *tender);

/* The same, and it knows of whatever there is to look after. */
void tender_begin(struct tender *tender);

/* The time to look is now, for the thread at least. */
void tender_hurry(struct tender *tender);

/* What is shown of the tokens has changed, by a call that is slow anyway: where
 * no thread may do it, it shows that, if the last time is a while ago. */
void tender_show(struct tender *tender);

/* Waits at most `wait_ms` for the thread. False when it is still inside a
 * module: then it is leaked, with the slot list. */
bool tender_free(struct tender *tender, uint64_t wait_ms);

#endif
