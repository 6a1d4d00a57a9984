/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What this process shows of its tokens to `p11mux status`: summed up and
 * written once a second by the thread that looks after the pools, or by calls
 * that are slow anyway.
 */
#ifndef ROUTER_COUNTERS_H
#define ROUTER_COUNTERS_H

#include "router/instance.h"

struct counters;

/* Lends the instance. NULL: no memory. */
struct counters *counters_new(const struct instance *instance);

/* Shows what is so now if it is due, or `at_once`. Of several threads one does
 * it. Returns when to come next, as a time of clock_now. */
uint64_t counters_tend(struct counters *counters, bool at_once);

/* Nothing is shown any more. */
void counters_free(struct counters *counters);

#endif
