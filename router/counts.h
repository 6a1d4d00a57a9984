/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is counted for one member beside its backend sessions' tallies: what
 * happens rarely, what they carry, and how long sampled calls took.
 */
#ifndef ROUTER_COUNTS_H
#define ROUTER_COUNTS_H

#include "common/cryptoki.h"
#include "router/counted.h"

#include <stdatomic.h>
#include <stdint.h>

/* Threads whose sessions are in different lanes share no line. */
enum { COUNTS_LANES = 4, COUNTS_SAMPLED_SHIFT = 6 };

struct counts_lane {
    _Alignas(64) _Atomic(uint64_t) latency[N_COUNTED][COUNTER_BUCKETS];
    _Atomic(uint64_t) latency_us[N_COUNTED];
};

struct counts {
    _Atomic(uint64_t) calls[N_COUNTED];
    _Atomic(uint64_t) errors[N_COUNTER_CLASSES];
    _Atomic(uint64_t) closes[N_COUNTER_CLOSES];
    _Atomic(uint64_t) events[N_COUNTER_EVENTS];
    _Atomic(uint64_t) longest_wait_us;
    struct counts_lane lanes[COUNTS_LANES];
};

/* NULL: no memory. */
struct counts *counts_new(void);

static inline void
counts_note(struct counts *counts, enum counter_event event)
{
    atomic_fetch_add_explicit(&counts->events[event], 1, memory_order_relaxed);
}

/* Somebody has waited for a backend session. */
void counts_note_wait(struct counts *counts, uint64_t us);

/* A call without a backend session of its own: on a slot, or a login. */
void counts_note_answer(struct counts *counts, enum counted counted, CK_RV rv);

/* A login by the application or by p11mux itself. */
void counts_note_login(struct counts *counts, CK_RV rv);

/* One of the calls that are timed; `lane`: any number. */
void counts_note_latency(struct counts *counts, unsigned lane,
                         enum counted counted, uint32_t us);

/* Of so many calls in a row this one is timed: one in 64, evenly spread, also
 * where every second or third call is of the same kind. */
static inline _Bool
counts_samples(uint64_t n_calls)
{
    return n_calls * UINT64_C(0x9e3779b97f4a7c15) >>
               (64 - COUNTS_SAMPLED_SHIFT) ==
           0;
}

#endif
