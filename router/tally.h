/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one backend session was asked and what it answered, counted by the call
 * that has it, which is one at a time: plain additions to two bytes each. What
 * goes beyond is carried to the counts of its member.
 */
#ifndef ROUTER_TALLY_H
#define ROUTER_TALLY_H

#include "router/counts.h"

#include <stdbool.h>

struct tally {
    _Atomic(uint16_t) calls[N_COUNTED];
    _Atomic(uint16_t) errors[N_COUNTER_CLASSES];
};

/* What is carried. */
enum { TALLY_CARRY = UINT16_MAX + 1 };

/* True when the caller has to carry, which comes after: who looks at what was
 * carried first counts nothing twice. */
static inline bool
tally_add(_Atomic(uint16_t) *cell)
{
    uint16_t count =
        (uint16_t)(atomic_load_explicit(cell, memory_order_relaxed) + 1);

    atomic_store_explicit(cell, count, memory_order_relaxed);
    return count == 0;
}

#endif
